// Writes a GGUF of any size as its bytes are made. The file appears under its name when it is whole: a run that
// ends early leaves nothing.

import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { QuireError } from '../../base/errors.ts';
import { byteLength, DTYPES } from '../../base/model/dtypes.ts';
import { layOutGguf, type TensorToWrite, type TypedValue } from '../gguf/writer.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;

export interface GgufToWrite<Tensor extends TensorToWrite> {
  readonly metadata: Readonly<Record<string, TypedValue>>;
  readonly tensors: readonly Tensor[];
  /** fills `target` with the next whole blocks of a tensor, `from` bytes after its beginning */
  readonly fill: (tensor: Tensor, from: number, target: Uint8Array) => void;
}

/** Resolves to the file's size. Rejects with `file_not_writable`. */
export async function writeGguf<Tensor extends TensorToWrite>(
  path: string,
  model: GgufToWrite<Tensor>,
  onProgress: (doneBytes: number, totalBytes: number) => void = () => {},
): Promise<number> {
  const part = `${path}.part`;
  try {
    const size = await writeWhole(part, model, onProgress);
    await rename(part, path);
    return size;
  } catch (error) {
    await rm(part, { force: true });
    throw notWritable(path, error);
  }
}

async function writeWhole<Tensor extends TensorToWrite>(
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

// Ranges of a tensor's bytes, each of whole blocks.
function* chunksOf({ dtype, shape }: TensorToWrite): Generator<{ from: number; bytes: number }> {
  const total = byteLength(
    DTYPES[dtype],
    shape.reduce((product, size) => product * size, 1),
  );
  const { blockBytes } = DTYPES[dtype];
  const most = Math.floor(CHUNK_BYTES / blockBytes) * blockBytes;
  for (let from = 0; from < total; from += most) yield { from, bytes: Math.min(most, total - from) };
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
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  const hint = code === 'ENOSPC' ? 'make room on the disk' : 'check the folder and its permissions';
  return new QuireError('file_not_writable', `${path} cannot be written (${code})`, hint, { cause: error });
}
