// Writes a GGUF of any size while its bytes are generated. The file is renamed from `NAME.part` to `NAME` when it is
// complete, and is deleted after an error or an abort.

import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { isAbort, QuireError } from '../../base/errors.ts';
import { DTYPES } from '../../base/model/dtypes.ts';
import { createGgufLayout, type TensorToWrite, type TypedValue, tensorBytes } from '../gguf/writer.ts';
import { errorCode } from './file-source.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;

export interface GgufToWrite<Tensor extends TensorToWrite> {
  readonly metadata: Readonly<Record<string, TypedValue>>;
  readonly tensors: readonly Tensor[];
  /** fills `target`, which consists of whole blocks, with the bytes of a tensor from `from` on */
  readonly fill: (tensor: Tensor, from: number, target: Uint8Array) => void;
}

export interface WriteGgufOptions {
  /** called after each written part */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  /** stops writing and deletes the partial file */
  readonly signal?: AbortSignal;
}

/** Writes the file and returns its size in bytes. Rejects with `file_not_writable`, or with an `AbortError`. */
export async function writeGguf<Tensor extends TensorToWrite>(
  path: string,
  model: GgufToWrite<Tensor>,
  options: WriteGgufOptions = {},
): Promise<number> {
  const partPath = `${path}.part`;
  try {
    const size = await writeAll(partPath, model, options);
    await rename(partPath, path);
    return size;
  } catch (error) {
    await rm(partPath, { force: true });
    throw isAbort(error) ? error : notWritable(path, error);
  }
}

async function writeAll<Tensor extends TensorToWrite>(
  path: string,
  { metadata, tensors, fill }: GgufToWrite<Tensor>,
  { onProgress, signal }: WriteGgufOptions,
): Promise<number> {
  const { header, offsets, size } = createGgufLayout(metadata, tensors);
  const handle = await open(path, 'w');
  try {
    await handle.truncate(size);
    await writeFully(handle, header, 0);
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (const [index, tensor] of tensors.entries()) {
      for (const { from, bytes } of chunksOf(tensor)) {
        signal?.throwIfAborted();
        const target = chunk.subarray(0, bytes);
        fill(tensor, from, target);
        await writeFully(handle, target, offsets[index]! + from);
        onProgress?.(offsets[index]! + from + bytes, size);
      }
    }
    return size;
  } finally {
    await handle.close();
  }
}

// Yields ranges of a tensor's bytes. Each range consists of whole blocks.
function* chunksOf(tensor: TensorToWrite): Generator<{ from: number; bytes: number }> {
  const total = tensorBytes(tensor);
  const { blockBytes } = DTYPES[tensor.dtype];
  const chunk = Math.floor(CHUNK_BYTES / blockBytes) * blockBytes;
  for (let from = 0; from < total; from += chunk) yield { from, bytes: Math.min(chunk, total - from) };
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let writtenBytes = 0;
  while (writtenBytes < bytes.length) {
    const { bytesWritten } = await handle.write(
      bytes,
      writtenBytes,
      bytes.length - writtenBytes,
      position + writtenBytes,
    );
    writtenBytes += bytesWritten;
  }
}

function notWritable(path: string, error: unknown): QuireError {
  if (error instanceof QuireError) return error;
  const code = errorCode(error);
  const hint = code === 'ENOSPC' ? 'free some disk space' : 'check the folder and its permissions';
  return new QuireError('file_not_writable', `${path} cannot be written (${code})`, hint, { cause: error });
}
