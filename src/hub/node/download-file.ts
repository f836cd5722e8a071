// Downloads one file to the blobs of the cache and verifies it. Whatever the server does (lost connections, stalls,
// ignored ranges, wrong sizes, wrong bytes), the cache either gets the complete and correct blob or no blob.

import { QuireError } from '../../base/errors.ts';
import { type LockTiming, withBlobLock } from './blob-lock.ts';
import type { HubClient, HubResponse } from './hub-client.ts';
import type { RepositoryFile } from './hub-repository.ts';
import { PartialFile } from './partial-file.ts';
import { type BlobPaths, fileSize } from './repository-cache.ts';
import { Retries, TransientFailure } from './transient-failure.ts';

export interface DownloadOptions {
  readonly paths: BlobPaths;
  readonly lockTiming: LockTiming;
  /** called with the number of bytes of this file received so far */
  readonly onProgress: (doneBytes: number) => void;
}

const PARTIAL = 206;
const RANGE_NOT_SATISFIABLE = 416;
// An attempt that receives this many bytes resets the number of failures: a large file may need many connections.
const PROGRESS_BYTES = 2 ** 20;

/**
 * Downloads `file`, or waits until another process has downloaded it. Rejects with `checksum_mismatch` (and removes the
 * partial file), or with `hub_unavailable`, the error of a refused request, `disk_full`, `cache_unwritable` or the
 * reason of the signal (and keeps the partial file).
 */
export async function downloadFile(
  client: HubClient,
  file: RepositoryFile,
  options: DownloadOptions,
): Promise<void> {
  const { paths, lockTiming, onProgress } = options;
  const { signal } = client;
  const isComplete = async (): Promise<boolean> => (await fileSize(paths.blob)) === file.size;
  if (await isComplete()) return;
  const onWait = async (): Promise<void> => onProgress((await fileSize(paths.partial)) ?? 0);
  await withBlobLock(paths.lock, { timing: lockTiming, signal, onWait }, async () => {
    if (await isComplete()) return; // another process downloaded it while this one waited
    const partial = await PartialFile.open(paths.partial, file, signal);
    try {
      await downloadMissingBytes(partial, client, file, onProgress);
      if (!partial.matchesChecksum())
        throw mismatchError(file, `it does not have the checksum ${file.checksum.hex}`);
      await partial.finish(paths.blob);
    } catch (error) {
      if (error instanceof QuireError && error.code === 'checksum_mismatch') await partial.discard();
      throw error;
    } finally {
      await partial.close();
    }
  });
}

async function downloadMissingBytes(
  partial: PartialFile,
  client: HubClient,
  file: RepositoryFile,
  onProgress: (doneBytes: number) => void,
): Promise<void> {
  const retries = new Retries(client.timing, client.signal);
  // The largest size so far, because a server that always restarts the file would otherwise cause endless retries.
  let maxSize = partial.size;
  while (partial.size < file.size) {
    try {
      await sendRangeRequest(partial, client, file, onProgress);
    } catch (error) {
      if (partial.size >= maxSize + PROGRESS_BYTES) retries.reset();
      maxSize = Math.max(maxSize, partial.size);
      await retries.pause(error);
    }
  }
}

/** Requests the file from the end of the partial file on, and appends the received bytes. */
async function sendRangeRequest(
  partial: PartialFile,
  client: HubClient,
  file: RepositoryFile,
  onProgress: (doneBytes: number) => void,
): Promise<void> {
  const headers: Record<string, string> = partial.size > 0 ? { range: `bytes=${partial.size}-` } : {};
  const response = await client.open(file.urlPath, { headers, accept: [RANGE_NOT_SATISFIABLE] });
  try {
    await alignStart(response, partial, file);
    onProgress(partial.size);
    for await (const chunk of response.body) {
      if (partial.size + chunk.byteLength > file.size)
        throw mismatchError(file, `more than ${file.size} bytes were received`);
      await partial.append(chunk);
      onProgress(partial.size);
    }
  } finally {
    await response.discard();
  }
  if (partial.size < file.size) {
    throw new TransientFailure(`${file.path} ended after ${partial.size} of ${file.size} bytes`);
  }
}

// Ensures that the response continues the partial file. If the response begins at 0, the partial file is restarted.
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

// Returns the length of the file. With a content encoding, which Quire does not accept, the header has the encoded
// length.
function fullLength(headers: Headers): string | undefined {
  return headers.has('content-encoding') ? undefined : (headers.get('content-length') ?? undefined);
}

function checkTotal(file: RepositoryFile, total: string | undefined): void {
  if (total === undefined || total === '*' || Number(total) === file.size) return;
  throw mismatchError(file, `it is listed with ${file.size} bytes, but the server has ${total}`);
}

function mismatchError(file: RepositoryFile, reason: string): QuireError {
  const hint = 'the partial file was removed: try again; if this happens again, do not use this source';
  return new QuireError(
    'checksum_mismatch',
    `the download of ${JSON.stringify(file.path)} is damaged: ${reason}`,
    hint,
  );
}
