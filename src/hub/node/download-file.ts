// Downloads one file to the blobs of the cache and verifies it. Whatever the server does (cut connections, stalls, ignored
// ranges, wrong sizes, wrong bytes), the blob either appears complete and correct or not at all.

import { QuireError } from '../../base/errors.ts';
import { type LockTiming, withBlobLock } from './blob-lock.ts';
import type { HubClient, HubResponse } from './hub-client.ts';
import type { RepositoryFile } from './hub-repository.ts';
import { PartialFile } from './partial-file.ts';
import { type BlobPaths, sizeOf } from './repository-cache.ts';
import { Retries, TransientFailure } from './transient-failure.ts';

export interface DownloadOptions {
  readonly paths: BlobPaths;
  readonly lockTiming: LockTiming;
  /** called with the number of bytes of this file received so far */
  readonly onProgress: (doneBytes: number) => void;
}

const PARTIAL = 206;
const RANGE_NOT_SATISFIABLE = 416;
// An attempt that received this much resets the count of failures: a large file may be cut many times.
const PROGRESS_BYTES = 2 ** 20;

/**
 * Downloads `file`, or waits until another process has. Rejects with `checksum_mismatch` (the partial file is removed), or,
 * keeping the partial file, with `hub_unavailable`, the error of a refused request, `disk_full`, `cache_unwritable` or the
 * reason of the signal.
 */
export async function downloadFile(
  client: HubClient,
  file: RepositoryFile,
  options: DownloadOptions,
): Promise<void> {
  const { paths, lockTiming, onProgress } = options;
  const { signal } = client;
  const isComplete = async (): Promise<boolean> => (await sizeOf(paths.blob)) === file.size;
  if (await isComplete()) return;
  const onWait = async (): Promise<void> => onProgress((await sizeOf(paths.partial)) ?? 0);
  await withBlobLock(paths.lock, { timing: lockTiming, signal, onWait }, async () => {
    if (await isComplete()) return; // another process downloaded it while this one waited
    const partial = await PartialFile.open(paths.partial, file, signal);
    try {
      await fill(partial, client, file, onProgress);
      if (!partial.matchesChecksum())
        throw mismatch(file, `it does not have the checksum ${file.checksum.hex}`);
      await partial.finish(paths.blob);
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
  let furthest = partial.size; // not the previous size: a server that restarts each time would cause endless retries
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

/** Sends one request, from the end of the partial file on. */
async function receive(
  partial: PartialFile,
  client: HubClient,
  file: RepositoryFile,
  onProgress: (doneBytes: number) => void,
): Promise<void> {
  const headers: Record<string, string> = partial.size > 0 ? { range: `bytes=${partial.size}-` } : {};
  const response = await client.open(file.address, { headers, accept: [RANGE_NOT_SATISFIABLE] });
  try {
    await alignStart(response, partial, file);
    onProgress(partial.size);
    for await (const piece of response.body) {
      if (partial.size + piece.byteLength > file.size)
        throw mismatch(file, `more than ${file.size} bytes were received`);
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

// Checks where the response begins: at the end of the partial file, or at 0, in which case the partial file is restarted.
async function alignStart(response: HubResponse, partial: PartialFile, file: RepositoryFile): Promise<void> {
  const { status, headers } = response;
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  checkTotal(file, status === PARTIAL || status === RANGE_NOT_SATISFIABLE ? range?.[2] : fullLength(headers));
  if (status === PARTIAL && Number(range?.[1]) === partial.size) return;
  await partial.restart();
  if (status === PARTIAL || status === RANGE_NOT_SATISFIABLE) {
    throw new TransientFailure(`the server cannot resume ${file.path}`);
  }
}

// The length of a body with a content encoding, which was not accepted, is that of the encoded bytes.
function fullLength(headers: Headers): string | undefined {
  return headers.has('content-encoding') ? undefined : (headers.get('content-length') ?? undefined);
}

function checkTotal(file: RepositoryFile, total: string | undefined): void {
  if (total === undefined || total === '*' || Number(total) === file.size) return;
  throw mismatch(file, `it is listed with ${file.size} bytes, but the server has ${total}`);
}

function mismatch(file: RepositoryFile, fault: string): QuireError {
  const hint = 'the partial file was removed: try again; if this happens again, do not use this source';
  return new QuireError(
    'checksum_mismatch',
    `the download of ${JSON.stringify(file.path)} is damaged: ${fault}`,
    hint,
  );
}
