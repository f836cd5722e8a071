// Writes a GGUF of any size while its bytes are generated. The file gets its name once it is complete; an interrupted run
// leaves no file.

import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { QuireError } from '../../base/errors.ts';
import { DTYPES } from '../../base/model/dtypes.ts';
import { layOutGguf, type TensorToWrite, type TypedValue, tensorBytes } from '../gguf/writer.ts';
import { errorCode } from './file-source.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;

export interface GgufToWrite<Tensor extends TensorToWrite> {
  readonly metadata: Readonly<Record<string, TypedValue>>;
  readonly tensors: readonly Tensor[];
  /** fills `target` with whole blocks of a tensor, from byte `from` of it on */
  readonly fill: (tensor: Tensor, from: number, target: Uint8Array) => void;
}

/** Writes the file and returns its size in bytes. Rejects with `file_not_writable`. */
export async function writeGguf<Tensor extends TensorToWrite>(
  path: string,
  model: GgufToWrite<Tensor>,
  onProgress: (doneBytes: number, totalBytes: number) => void = () => {},
): Promise<number> {
  const part = `${path}.part`;
  try {
    const size = await writeAll(part, model, onProgress);
    await rename(part, path);
    return size;
  } catch (error) {
    await rm(part, { force: true });
    throw notWritable(path, error);
  }
}

async function writeAll<Tensor extends TensorToWrite>(
  path: string,
  { metadata, tensors, fill }: GgufToWrite<Tensor>,
  onProgress: (doneBytes: number, totalBytes: number) => void,
): Promise<number> {
  const { header, offsets, size } = layOutGguf(metadata, tensors);
  const handle = await open(path, 'w');
  try {
    await handle.truncate(size);
    await writeFully(handle, header, 0);
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (const [index, tensor] of tensors.entries()) {
      for (const { from, bytes } of chunksOf(tensor)) {
        const target = chunk.subarray(0, bytes);
        fill(tensor, from, target);
        await writeFully(handle, target, offsets[index]! + from);
        onProgress(offsets[index]! + from + bytes, size);
      }
    }
    return size;
  } finally {
    await handle.close();
  }
}

// Yields ranges of a tensor's bytes, each of whole blocks.
function* chunksOf(tensor: TensorToWrite): Generator<{ from: number; bytes: number }> {
  const total = tensorBytes(tensor);
  const { blockBytes } = DTYPES[tensor.dtype];
  const chunk = Math.floor(CHUNK_BYTES / blockBytes) * blockBytes;
  for (let from = 0; from < total; from += chunk) yield { from, bytes: Math.min(chunk, total - from) };
}

async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

function notWritable(path: string, error: unknown): QuireError {
  if (error instanceof QuireError) return error;
  const code = errorCode(error);
  const hint = code === 'ENOSPC' ? 'free some disk space' : 'check the folder and its permissions';
  return new QuireError('file_not_writable', `${path} cannot be written (${code})`, hint, { cause: error });
}
