// Reads one tensor from a file into its final memory. GPT-2 checkpoints store the weights of their Conv1D layers as
// [inputs, outputs]: those are transposed while they are read, in chunks of rows, so that no tensor is in memory twice.

import { QuireError } from '../base/errors.ts';
import { DTYPES } from '../base/model/dtypes.ts';
import type { TensorInfo } from '../base/model/model-file.ts';
import type { ByteSource } from './byte-source.ts';

const CHUNK_BYTES = 1024 * 1024;

export interface StoredTensor {
  /** as `readInto` delivers it */
  readonly info: TensorInfo;
  /** the file with its bytes: a model may have several */
  readonly source: ByteSource;
  /** from the start of the source */
  readonly offset: number;
  /** the source stores the transpose of `info.shape`, in a type without blocks */
  readonly transposed: boolean;
}

type ReadInto = (name: string, target: Uint8Array, from?: number) => Promise<void>;

/** Returns `readInto` of a model file. `model` is its name in messages. */
export function createTensorReader(model: string, tensors: ReadonlyMap<string, StoredTensor>): ReadInto {
  return async (name, target, from) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw missing(model, name);
    checkTarget(tensor.info, target, from);
    if (tensor.transposed) await readTransposed(tensor, target, from ?? 0);
    else await tensor.source.readInto(tensor.offset + (from ?? 0), target);
  };
}

async function readTransposed(tensor: StoredTensor, target: Uint8Array, from: number): Promise<void> {
  const [outputs = 0, inputs = 0] = tensor.info.shape;
  const elementBytes = DTYPES[tensor.info.dtype].blockBytes;
  const rowBytes = outputs * elementBytes;
  const rowsAtOnce = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
  const chunk = new Uint8Array(rowsAtOnce * rowBytes);
  const output = from / (inputs * elementBytes);
  for (let first = 0; first < inputs; first += rowsAtOnce) {
    const rows = chunk.subarray(0, Math.min(rowsAtOnce, inputs - first) * rowBytes);
    await tensor.source.readInto(tensor.offset + first * rowBytes, rows);
    scatterRows(rows, target, { first, output, inputs, outputs, elementBytes });
  }
}

interface Scatter {
  /** index of the first of the rows */
  readonly first: number;
  /** index of the target's first row */
  readonly output: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly elementBytes: number;
}

// Element (row, column) of the stored matrix becomes (column, row) of the target. Copies byte by byte, because the target
// may be unaligned.
function scatterRows(rows: Uint8Array, target: Uint8Array, scatter: Scatter): void {
  const { first, output, inputs, outputs, elementBytes } = scatter;
  const count = rows.length / (outputs * elementBytes);
  const wanted = target.length / (inputs * elementBytes);
  for (let i = 0; i < wanted; i++) {
    for (let row = 0; row < count; row++) {
      const from = (row * outputs + output + i) * elementBytes;
      const to = (i * inputs + first + row) * elementBytes;
      for (let byte = 0; byte < elementBytes; byte++) target[to + byte] = rows[from + byte] as number;
    }
  }
}

function checkTarget(info: TensorInfo, target: Uint8Array, from: number | undefined): void {
  if (from === undefined && target.byteLength === info.byteLength) return;
  if (from !== undefined && from >= 0 && from + target.byteLength <= info.byteLength) return;
  throw new TypeError(`${info.name} has ${info.byteLength} bytes, but the target has ${target.byteLength}`);
}

function missing(source: string, name: string): QuireError {
  return new QuireError('missing_tensor', `${source} has no tensor ${name}`, 'use a complete model');
}
