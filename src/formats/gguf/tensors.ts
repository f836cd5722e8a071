// Reads the tensor table of a GGUF: names, shapes, types and offsets, checked so that every later read is inside the
// file. The file lists the fastest-varying dimension first; the returned shapes are row-major, with the slowest
// dimension first.

import { QuireError } from '../../base/errors.ts';
import { byteLength, DTYPES, type Dtype, type DtypeName } from '../../base/model/dtypes.ts';
import type { ByteSource } from '../byte-source.ts';
import { badGguf } from './error.ts';
import { type GgufHeader, loadBytes, readGgufString } from './metadata.ts';
import type { SequentialReader } from './sequential-reader.ts';
import {
  DEFAULT_ALIGNMENT,
  type GgufMetadata,
  type GgufTensor,
  TENSOR_TYPE,
  tensorTypeName,
} from './types.ts';

const MAX_NAME_BYTES = 1024;
const MAX_DIMENSIONS = 4;

const dtypeOfNumber: ReadonlyMap<number, Dtype> = new Map(
  (Object.keys(TENSOR_TYPE) as DtypeName[]).map((name) => [TENSOR_TYPE[name], DTYPES[name]]),
);

/** Reads the table that follows the metadata. Rejects with `bad_gguf` or `unsupported_tensor_type`. */
export async function readGgufTensors(source: ByteSource, header: GgufHeader): Promise<GgufTensor[]> {
  const alignment = readAlignment(source.name, header.metadata);
  const relativeTensors: GgufTensor[] = [];
  const names = new Set<string>();
  for (let index = 0; index < header.tensorCount; index++) {
    const tensor = await readTensor(source.name, header.reader, alignment);
    if (names.has(tensor.name)) throw badGguf(source.name, `tensor ${tensor.name} occurs twice`);
    names.add(tensor.name);
    relativeTensors.push(tensor);
  }
  const dataStart = Math.ceil(header.reader.position / alignment) * alignment;
  const tensors = relativeTensors.map((tensor) => ({ ...tensor, offset: dataStart + tensor.offset }));
  checkRanges(source, tensors);
  return tensors;
}

function readAlignment(name: string, metadata: GgufMetadata): number {
  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT;
  if (typeof alignment === 'number' && alignment >= 1 && alignment <= 2 ** 20 && isPowerOfTwo(alignment)) {
    return alignment;
  }
  throw badGguf(name, `general.alignment is ${String(alignment)}, not a power of two up to 1048576`);
}

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

async function readTensor(source: string, reader: SequentialReader, alignment: number): Promise<GgufTensor> {
  const name = await readGgufString(source, reader, MAX_NAME_BYTES);
  const shape = await readShape(source, reader, name);
  await loadBytes(source, reader, 12);
  const dtype = dtypeOf(source, name, reader.uint32());
  const offset = reader.uint64();
  if (offset % alignment !== 0) {
    throw badGguf(source, `tensor ${name} begins at ${offset}, which is not a multiple of ${alignment}`);
  }
  const rowLength = shape.at(-1) ?? 1;
  if (rowLength % dtype.blockElements !== 0) {
    throw badGguf(
      source,
      `tensor ${name} has rows of ${rowLength}, which is not a multiple of ${dtype.blockElements}`,
    );
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  return { name, dtype: dtype.name, shape, offset, byteLength: byteLength(dtype, elements) };
}

async function readShape(source: string, reader: SequentialReader, name: string): Promise<number[]> {
  await loadBytes(source, reader, 4);
  const dimensions = reader.uint32();
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    throw badGguf(source, `tensor ${name} claims ${dimensions} dimensions, not 1 to ${MAX_DIMENSIONS}`);
  }
  await loadBytes(source, reader, dimensions * 8);
  const shape = Array.from({ length: dimensions }, () => reader.uint64()).reverse();
  const elements = shape.reduce((product, size) => product * size, 1);
  if (shape.some((size) => size < 1) || !Number.isSafeInteger(elements)) {
    throw badGguf(source, `tensor ${name} claims the impossible shape [${shape.join(', ')}]`);
  }
  return shape;
}

function dtypeOf(source: string, name: string, type: number): Dtype {
  const dtype = dtypeOfNumber.get(type);
  if (dtype !== undefined) return dtype;
  const message = `${source}: tensor ${name} has type ${tensorTypeName(type)}`;
  throw new QuireError(
    'unsupported_tensor_type',
    message,
    `use a file with tensors of ${Object.keys(TENSOR_TYPE).join(', ')}`,
  );
}

// Checks that every tensor is inside the file and that no tensors overlap.
function checkRanges(source: ByteSource, tensors: readonly GgufTensor[]): void {
  let end = 0;
  let previous = '';
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset)) {
    const tensorEnd = tensor.offset + tensor.byteLength;
    if (tensorEnd > source.size) {
      throw badGguf(
        source.name,
        `tensor ${tensor.name} ends at byte ${tensorEnd}, the file at ${source.size}`,
      );
    }
    if (tensor.offset < end) throw badGguf(source.name, `tensors ${previous} and ${tensor.name} overlap`);
    end = tensorEnd;
    previous = tensor.name;
  }
}
