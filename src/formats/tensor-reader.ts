// Reads one tensor from a file into its final memory. GPT-2 checkpoints store the weights of their Conv1D layers as
// [inputs, outputs]. These weights are transposed while they are read, in chunks of rows, so that no tensor is in
// memory twice. Gemma checkpoints store the weights of norms minus 1, which is added while they are read.

import { QuireError } from '../base/errors.ts';
import { withTensorName } from '../base/file-errors.ts';
import { DTYPES, type DtypeName } from '../base/model/dtypes.ts';
import { bf16ToNumber, f16ToNumber } from '../base/model/half.ts';
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
  /** how the stored data differ from what `readInto` returns; absent if they are equal */
  readonly conversion?: TensorConversion;
}

export type TensorConversion =
  /** the source stores the transpose of `info.shape`, in a type without blocks */
  | { readonly kind: 'transpose' }
  /** the source stores the elements minus 1; the returned elements are F32 */
  | { readonly kind: 'add one'; readonly storedDtype: FloatDtypeName };

/** The types of a safetensors file that Quire supports. */
export type FloatDtypeName = Extract<DtypeName, 'F32' | 'F16' | 'BF16'>;

type ReadInto = (name: string, target: Uint8Array, from?: number) => Promise<void>;

/** Returns `readInto` of a model file. @param model its name in messages */
export function createTensorReader(model: string, tensors: ReadonlyMap<string, StoredTensor>): ReadInto {
  return async (name, target, from) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw missingTensorError(model, name);
    checkTarget(tensor.info, target, from);
    try {
      await readConverted(tensor, target, from ?? 0);
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
    const { source, offset, conversion } = tensors.get(name)!;
    const { name: file, descriptor } = source;
    return descriptor === undefined || conversion !== undefined ? undefined : { file, descriptor, offset };
  };
}

async function readConverted(tensor: StoredTensor, target: Uint8Array, from: number): Promise<void> {
  const { conversion, source, offset } = tensor;
  if (conversion === undefined) return source.readInto(offset + from, target);
  if (conversion.kind === 'transpose') return readTransposed(tensor, target, from);
  return readPlusOne(tensor, conversion.storedDtype, target, from);
}

const READ_FLOAT: Readonly<Record<FloatDtypeName, (data: DataView, offset: number) => number>> = {
  F32: (data, offset) => data.getFloat32(offset, true),
  F16: (data, offset) => f16ToNumber(data.getUint16(offset, true)),
  BF16: (data, offset) => bf16ToNumber(data.getUint16(offset, true)),
};

async function readPlusOne(
  { source, offset }: StoredTensor,
  dtype: FloatDtypeName,
  target: Uint8Array,
  from: number,
): Promise<void> {
  const elementBytes = DTYPES[dtype].blockBytes;
  const count = target.length / 4;
  const stored = new Uint8Array(count * elementBytes);
  await source.readInto(offset + (from / 4) * elementBytes, stored);
  const data = new DataView(stored.buffer);
  const sums = new DataView(target.buffer, target.byteOffset, target.byteLength);
  for (let i = 0; i < count; i++) sums.setFloat32(4 * i, 1 + READ_FLOAT[dtype](data, i * elementBytes), true);
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
