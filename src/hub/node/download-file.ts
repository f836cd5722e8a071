// Brings one file into the blobs of the cache, checked. Whatever the server does (cuts, stalls, ignores where
// to go on, lies about the size, sends other bytes), the blob either appears whole or not at all.

import { QuireError } from '../../base/errors.ts';
import { type LockTiming, withBlobLock } from './blob-lock.ts';
import type { HubClient, HubResponse } from './hub-client.ts';
import type { RepositoryFile } from './hub-repository.ts';
import { PartialFile } from './partial-file.ts';
import { type BlobPlaces, sizeOf } from './repository-cache.ts';
import { Retries, TransientFailure } from './transient-failure.ts';

export interface DownloadOptions {
  readonly places: BlobPlaces;
  readonly lockTiming: LockTiming;
  /** bytes of this file that are there */
  readonly onProgress: (doneBytes: number) => void;
}

const PARTIAL = 206;
const RANGE_NOT_SATISFIABLE = 416;
// A try that brought so much does not count as a failure: a large file may be cut many times.
const PROGRESS_BYTES = 2 ** 20;

/**
 * Throws `checksum_mismatch` (what came is then removed), `hub_unavailable`, a refusal, `disk_full`,
 * `cache_unwritable`, or the signal's reason (what came is then kept).
 */
export async function downloadFile(
  client: HubClient,
  file: RepositoryFile,
  options: DownloadOptions,
): Promise<void> {
  const { places, lockTiming, onProgress } = options;
  const { signal } = client;
  const isThere = async (): Promise<boolean> => (await sizeOf(places.blob)) === file.size;
  if (await isThere()) return;
  const onWait = async (): Promise<void> => onProgress((await sizeOf(places.partial)) ?? 0);
  await withBlobLock(places.lock, { timing: lockTiming, signal, onWait }, async () => {
    if (await isThere()) return; // another process brought it while this one waited
    const partial = await PartialFile.open(places.partial, file, signal);
    try {
      await fill(partial, client, file, onProgress);
      if (!partial.isRight()) throw mismatch(file, `it does not have the checksum ${file.checksum.hex}`);
      await partial.finish(places.blob);
    } catch (error) {
      if (error instanceof QuireError && error.code === 'checksum_mismatch') await partial.discard();
      throw error;
    } finally {
      await partial.close();
    }
  });
}

async function fill(
  partial: PartialFile,
  client: HubClient,
  file: RepositoryFile,
  onProgress: (doneBytes: number) => void,
): Promise<void> {
  const retries = new Retries(client.timing, client.signal);
  let furthest = partial.size; // not the size before: a server that starts over each time would never end
  while (partial.size < file.size) {
    try {
      await receive(partial, client, file, onProgress);
    } catch (error) {
      if (partial.size >= furthest + PROGRESS_BYTES) retries.reset();
      furthest = Math.max(furthest, partial.size);
      await retries.pause(error);
    }
  }
}

/** One request, from where the partial file ends. */
async function receive(
  partial: PartialFile,
  client: HubClient,
  file: RepositoryFile,
  onProgress: (doneBytes: number) => void,
): Promise<void> {
  const headers: Record<string, string> = partial.size > 0 ? { range: `bytes=${partial.size}-` } : {};
  const response = await client.open(file.address, { headers, accept: [RANGE_NOT_SATISFIABLE] });
  try {
    await placeOf(response, partial, file);
    onProgress(partial.size);
    for await (const piece of response.body) {
      if (partial.size + piece.byteLength > file.size)
        throw mismatch(file, `more than ${file.size} bytes came`);
      await partial.append(piece);
      onProgress(partial.size);
    }
  } finally {
    await response.discard();
  }
  if (partial.size < file.size) {
    throw new TransientFailure(`${file.path} ended after ${partial.size} of ${file.size} bytes`);
  }
}

// Where in the file the response begins: at the end of the partial file, or at 0, which starts it over.
async function placeOf(response: HubResponse, partial: PartialFile, file: RepositoryFile): Promise<void> {
  const { status, headers } = response;
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  checkTotal(
    file,
    status === PARTIAL || status === RANGE_NOT_SATISFIABLE ? range?.[2] : wholeLength(headers),
  );
  if (status === PARTIAL && Number(range?.[1]) === partial.size) return;
  await partial.startOver();
  if (status === PARTIAL || status === RANGE_NOT_SATISFIABLE) {
    throw new TransientFailure(`the server cannot go on with ${file.path}`);
  }
}

// A body that is packed, against what was asked, has another length.
function wholeLength(headers: Headers): string | undefined {
  return headers.has('content-encoding') ? undefined : (headers.get('content-length') ?? undefined);
}

function checkTotal(file: RepositoryFile, total: string | undefined): void {
  if (total === undefined || total === '*' || Number(total) === file.size) return;
  throw mismatch(file, `it is listed with ${file.size} bytes, and the server has ${total}`);
}

function mismatch(file: RepositoryFile, fault: string): QuireError {
  const hint = 'what came was removed: try again, and if it stays so, do not use this source';
  return new QuireError('checksum_mismatch', `${JSON.stringify(file.path)} came damaged: ${fault}`, hint);
}
