// Reads one tensor from a file into its final memory. GPT-2 checkpoints store the weights of their Conv1D layers as
// [inputs, outputs]. These weights are transposed while they are read, in chunks of rows, so that no tensor is in
// memory twice.

import { QuireError } from '../base/errors.ts';
import { withTensorName } from '../base/file-errors.ts';
import { DTYPES } from '../base/model/dtypes.ts';
import type { FileRange, TensorInfo } from '../base/model/model-file.ts';
import type { ByteSource } from './byte-source.ts';

const CHUNK_BYTES = 1024 * 1024;

export interface StoredTensor {
  /** the tensor that `readInto` returns */
  readonly info: TensorInfo;
  /** the file with the tensor; a model may have several files */
  readonly source: ByteSource;
  /** from the start of the source */
  readonly offset: number;
  /** whether the source stores the transpose of `info.shape`, in a type without blocks */
  readonly isTransposed: boolean;
}

type ReadInto = (name: string, target: Uint8Array, from?: number) => Promise<void>;

/** Returns `readInto` of a model file. @param model its name in messages */
export function createTensorReader(model: string, tensors: ReadonlyMap<string, StoredTensor>): ReadInto {
  return async (name, target, from) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw missingTensorError(model, name);
    checkTarget(tensor.info, target, from);
    try {
      if (tensor.isTransposed) await readTransposed(tensor, target, from ?? 0);
      else await tensor.source.readInto(tensor.offset + (from ?? 0), target);
    } catch (error) {
      throw withTensorName(name, error);
    }
  };
}

/** Returns `rangeOf` of a model file. */
export function createRangeLookup(
  tensors: ReadonlyMap<string, StoredTensor>,
): (name: string) => FileRange | undefined {
  return (name) => {
    const { source, offset, isTransposed } = tensors.get(name)!;
    const { name: file, descriptor } = source;
    return descriptor === undefined || isTransposed ? undefined : { file, descriptor, offset };
  };
}

async function readTransposed(tensor: StoredTensor, target: Uint8Array, from: number): Promise<void> {
  const [outputs = 0, inputs = 0] = tensor.info.shape;
  const elementBytes = DTYPES[tensor.info.dtype].blockBytes;
  const rowBytes = outputs * elementBytes;
  const rowsAtOnce = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
  const chunk = new Uint8Array(rowsAtOnce * rowBytes);
  const firstOutput = from / (inputs * elementBytes);
  for (let firstRow = 0; firstRow < inputs; firstRow += rowsAtOnce) {
    const rows = chunk.subarray(0, Math.min(rowsAtOnce, inputs - firstRow) * rowBytes);
    await tensor.source.readInto(tensor.offset + firstRow * rowBytes, rows);
    scatterRows(rows, target, { firstRow, firstOutput, inputs, outputs, elementBytes });
  }
}

interface Scatter {
  /** index of the first row of the chunk in the stored matrix */
  readonly firstRow: number;
  /** index of the first row of the target in the tensor */
  readonly firstOutput: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly elementBytes: number;
}

// Element (row, column) of the stored matrix becomes (column, row) of the target. Copies byte by byte, because the
// target may be unaligned.
function scatterRows(rows: Uint8Array, target: Uint8Array, scatter: Scatter): void {
  const { firstRow, firstOutput, inputs, outputs, elementBytes } = scatter;
  const rowCount = rows.length / (outputs * elementBytes);
  const outputCount = target.length / (inputs * elementBytes);
  for (let i = 0; i < outputCount; i++) {
    for (let row = 0; row < rowCount; row++) {
      const from = (row * outputs + firstOutput + i) * elementBytes;
      const to = (i * inputs + firstRow + row) * elementBytes;
      for (let byte = 0; byte < elementBytes; byte++) target[to + byte] = rows[from + byte] as number;
    }
  }
}

function checkTarget(info: TensorInfo, target: Uint8Array, from: number | undefined): void {
  if (from === undefined && target.byteLength === info.byteLength) return;
  if (from !== undefined && from >= 0 && from + target.byteLength <= info.byteLength) return;
  throw new TypeError(`${info.name} has ${info.byteLength} bytes, but the target has ${target.byteLength}`);
}

function missingTensorError(source: string, name: string): QuireError {
  return new QuireError('missing_tensor', `${source} has no tensor ${name}`, 'use a complete model');
}
