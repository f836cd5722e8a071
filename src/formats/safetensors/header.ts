// Reads the header of a safetensors file: a length of 8 bytes, a JSON object of tensors, then their bytes without gaps
// (https://github.com/huggingface/safetensors#format). All offsets and sizes are checked against the file.

import { QuireError } from '../../base/errors.ts';
import type { ByteSource } from '../byte-source.ts';
import { isTooDeep, MAX_DEPTH } from '../json-depth.ts';
import { isJsonObject } from '../json-object.ts';

// The limit of the reference implementation.
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

// Sizes of all types of the format, because tensors of unsupported types must also be checked.
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E4M3FNUZ: 1,
  F8_E5M2FNUZ: 1,
  F8_E8M0: 1,
  F4: 1 / 2,
  F6_E2M3: 3 / 4,
  F6_E3M2: 3 / 4,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
};

export interface SafetensorsEntry {
  readonly name: string;
  /** name of the type in the format; Quire may not support it */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly source: ByteSource;
  /** bytes from the start of the source */
  readonly offset: number;
  readonly byteLength: number;
}

/** Reads and checks the header. Rejects with `bad_safetensors`. */
export async function readSafetensors(source: ByteSource): Promise<SafetensorsEntry[]> {
  const headerBytes = await readHeaderLength(source);
  const header = new Uint8Array(headerBytes);
  await source.readInto(LENGTH_BYTES, header);
  const dataStart = LENGTH_BYTES + headerBytes;
  const entries = Object.entries(parseHeader(source.name, header))
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => readEntry(source, name, entry, dataStart));
  entries.sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  checkContiguous(source, entries, dataStart);
  return entries;
}

async function readHeaderLength(source: ByteSource): Promise<number> {
  if (source.size < LENGTH_BYTES) throw badSafetensors(source.name, `${source.size} bytes are too few`);
  const bytes = new Uint8Array(LENGTH_BYTES);
  await source.readInto(0, bytes);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  if (length <= MAX_HEADER_BYTES && LENGTH_BYTES + length <= source.size) return length;
  throw badSafetensors(
    source.name,
    `it claims a header of ${length} bytes in a file of ${source.size} bytes`,
  );
}

function parseHeader(name: string, bytes: Uint8Array): object {
  const header = parseJson(name, bytes);
  if (!isJsonObject(header)) throw badSafetensors(name, 'its header is not an object');
  if (isTooDeep(header)) throw badSafetensors(name, `its header is nested deeper than ${MAX_DEPTH} levels`);
  return header;
}

function parseJson(name: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw badSafetensors(name, 'its header is not JSON', error);
  }
}

function readEntry(source: ByteSource, name: string, entry: unknown, dataStart: number): SafetensorsEntry {
  if (!isJsonObject(entry)) throw badSafetensors(source.name, `tensor ${name} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isCountArray(shape)) throw badSafetensors(source.name, `tensor ${name} has no shape`);
  if (!isCountArray(offsets)) throw badSafetensors(source.name, `tensor ${name} has no offsets`);
  const [begin = 0, end = -1] = offsets;
  const elementBytes =
    typeof dtype === 'string' && Object.hasOwn(ELEMENT_BYTES, dtype) ? ELEMENT_BYTES[dtype] : undefined;
  if (typeof dtype !== 'string' || elementBytes === undefined) {
    throw badSafetensors(source.name, `tensor ${name} has the unknown type ${JSON.stringify(dtype)}`);
  }
  const bytes = shape.reduce((product, size) => product * size, elementBytes);
  if (offsets.length !== 2 || bytes !== end - begin) {
    throw badSafetensors(
      source.name,
      `tensor ${name} of ${dtype} [${shape.join(', ')}] needs ${bytes} bytes, but has ${end - begin}`,
    );
  }
  return { name, dtype, shape, source, offset: dataStart + begin, byteLength: bytes };
}

const isCountArray = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);

// Checks that each tensor begins at the end of the previous tensor, and that the last tensor ends at the end of the
// file.
function checkContiguous(source: ByteSource, entries: readonly SafetensorsEntry[], dataStart: number): void {
  let end = dataStart;
  for (const entry of entries) {
    if (entry.offset !== end) {
      const message = entry.offset < end ? 'overlaps the tensor before it' : 'leaves a gap before it';
      throw badSafetensors(source.name, `tensor ${entry.name} ${message}`);
    }
    end += entry.byteLength;
    if (end > source.size) {
      const message = `tensor ${entry.name} ends at byte ${end}, but the file at ${source.size}`;
      throw badSafetensors(source.name, message);
    }
  }
  if (end !== source.size)
    throw badSafetensors(source.name, `its tensors end at byte ${end}, but the file at ${source.size}`);
}

function badSafetensors(source: string, message: string, cause?: unknown): QuireError {
  const hint = 'the file is damaged or incomplete: download it again';
  return new QuireError('bad_safetensors', `${source}: ${message}`, hint, { cause });
}
