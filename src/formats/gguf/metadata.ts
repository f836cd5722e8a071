// Reads the first part of a GGUF: magic, version, counts and the key-value metadata. Every count and length is compared
// with the remaining bytes before memory is allocated for it, so that a malicious file fails at once.

import type { ByteSource } from '../byte-source.ts';
import { badGguf } from './error.ts';
import { SequentialReader, STRING_LENGTH_BYTES } from './sequential-reader.ts';
import { decodeText, StringArray, type StringRun } from './string-array.ts';
import {
  GGUF_MAGIC,
  type GgufArray,
  type GgufMetadata,
  type GgufValue,
  VALUE_BYTES,
  type ValueType,
  valueTypeNames,
} from './types.ts';

const HEADER_BYTES = 24;
// Far above the size of any vocabulary, far below what would exhaust memory.
const MAX_ARRAY_LENGTH = 2 ** 24;
const MAX_STRING_BYTES = 2 ** 26;
const MAX_KEY_BYTES = 65535;
// Ten times the metadata of the largest vocabularies. All metadata stays in memory, where most numbers take eight
// bytes.
const MAX_METADATA_BYTES = 2 ** 27;
// the length of the key, the type of the value, the shortest value
const MIN_ENTRY_BYTES = 8 + 4 + 1;
// the length of the name, the number of dimensions, one dimension, the type, the offset
const MIN_TENSOR_BYTES = 8 + 4 + 8 + 4 + 8;

export interface GgufHeader {
  readonly version: number;
  readonly metadata: GgufMetadata;
  readonly tensorCount: number;
  /** positioned at the first tensor description */
  readonly reader: SequentialReader;
}

/** Reads the header and metadata of `source`. Rejects with `bad_gguf`. */
export async function readGgufMetadata(source: ByteSource): Promise<GgufHeader> {
  const reader = new SequentialReader(source);
  if (reader.remaining < HEADER_BYTES)
    throw badGguf(source.name, `${source.size} bytes are too few for a GGUF`);
  await reader.load(HEADER_BYTES);
  checkMagic(source.name, reader);
  const version = readVersion(source.name, reader);
  const tensorCount = readCount(source.name, reader, 'tensors', MIN_TENSOR_BYTES);
  const entryCount = readCount(source.name, reader, 'metadata entries', MIN_ENTRY_BYTES);
  const metadata = await readEntries(source.name, reader, entryCount);
  return { version, metadata, tensorCount, reader };
}

function checkMagic(name: string, reader: SequentialReader): void {
  const magic = String.fromCharCode(...reader.readBytes(4));
  if (magic === GGUF_MAGIC) return;
  throw badGguf(name, 'it does not begin with GGUF', 'use a GGUF file or a Hugging Face folder');
}

function readVersion(name: string, reader: SequentialReader): number {
  const version = reader.uint32();
  if (version === 2 || version === 3) return version;
  if (version !== 0 && (version & 0xffff) === 0) {
    throw badGguf(name, 'it is big-endian', 'convert it to little-endian, as llama.cpp does by default');
  }
  throw badGguf(name, `GGUF version ${version} is not supported`, 'convert it to version 2 or 3');
}

function readCount(name: string, reader: SequentialReader, items: string, minBytes: number): number {
  const count = reader.uint64();
  if (count * minBytes <= reader.remaining) return count;
  throw badGguf(name, `it claims ${BigInt(count)} ${items} in ${reader.remaining} bytes`);
}

async function readEntries(name: string, reader: SequentialReader, count: number): Promise<GgufMetadata> {
  const metadata = new Map<string, GgufValue | StringArray>();
  for (let index = 0; index < count; index++) {
    const key = await readGgufString(name, reader, MAX_KEY_BYTES);
    if (metadata.has(key)) throw badGguf(name, `metadata key ${key} occurs twice`);
    const type = await readType(name, reader, key);
    metadata.set(key, await readValue(name, reader, key, type));
    checkMetadataBytes(name, reader, 0);
  }
  return decodeWhenUsed(metadata);
}

function decodeWhenUsed(values: ReadonlyMap<string, GgufValue | StringArray>): GgufMetadata {
  return {
    keys: () => values.keys(),
    get(key) {
      const value = values.get(key);
      return value instanceof StringArray ? value.strings() : value;
    },
  };
}

function checkMetadataBytes(name: string, reader: SequentialReader, additionalBytes: number): void {
  if (reader.position + additionalBytes <= MAX_METADATA_BYTES) return;
  throw badGguf(name, `its metadata takes more than ${MAX_METADATA_BYTES} bytes`);
}

/** Reads an 8-byte length and a UTF-8 string of this length. Rejects with `bad_gguf` if the file ends first. */
export async function readGgufString(
  name: string,
  reader: SequentialReader,
  maxBytes = MAX_STRING_BYTES,
): Promise<string> {
  await loadBytes(name, reader, STRING_LENGTH_BYTES);
  const length = checkedLength(name, reader.uint64(), maxBytes);
  await loadBytes(name, reader, length);
  return decodeText(reader.readBytes(length));
}

/** Loads `count` bytes into the window. Rejects with `bad_gguf` if the file ends first. */
export async function loadBytes(name: string, reader: SequentialReader, count: number): Promise<void> {
  if (reader.isLoaded(count)) return;
  if (count > reader.remaining) {
    throw badGguf(name, `it ends within its header: ${count} bytes expected at offset ${reader.position}`);
  }
  await reader.load(count);
}

async function readType(name: string, reader: SequentialReader, key: string): Promise<ValueType> {
  await loadBytes(name, reader, 4);
  const number = reader.uint32();
  const type = valueTypeNames.get(number);
  if (type === undefined) throw badGguf(name, `metadata key ${key} has a value of unknown type ${number}`);
  return type;
}

async function readValue(
  name: string,
  reader: SequentialReader,
  key: string,
  type: ValueType,
): Promise<GgufValue | StringArray> {
  if (type === 'string') return readGgufString(name, reader);
  if (type === 'array') return readArray(name, reader, key);
  await loadBytes(name, reader, VALUE_BYTES[type]);
  if (type === 'bool') return reader.uint8() !== 0;
  return reader[type]();
}

async function readArray(
  name: string,
  reader: SequentialReader,
  key: string,
): Promise<GgufArray | StringArray> {
  const type = await readType(name, reader, key);
  if (type === 'array')
    throw badGguf(name, `metadata key ${key} is an array of arrays, which is not supported`);
  await loadBytes(name, reader, 8);
  const length = reader.uint64();
  if (length * VALUE_BYTES[type] > reader.remaining || length > MAX_ARRAY_LENGTH) {
    throw badGguf(name, `metadata key ${key} claims ${BigInt(length)} values in ${reader.remaining} bytes`);
  }
  checkMetadataBytes(name, reader, length * VALUE_BYTES[type]);
  if (type === 'string') return readStrings(name, reader, length);
  await loadBytes(name, reader, length * VALUE_BYTES[type]);
  if (type === 'bool') return Array.from(reader.readBytes(length), (byte) => byte !== 0);
  return readNumbers(reader, type, length);
}

// Finds the end of the strings without decoding them.
async function readStrings(name: string, reader: SequentialReader, length: number): Promise<StringArray> {
  const runs: StringRun[] = [];
  for (let remaining = length; remaining > 0; ) {
    const start = reader.position;
    const count = reader.skipStrings(remaining);
    if (count > 0) runs.push({ count, bytes: reader.bytesSince(start) });
    remaining -= count;
    if (remaining === 0) break;
    await loadBytes(name, reader, STRING_LENGTH_BYTES);
    await loadBytes(name, reader, STRING_LENGTH_BYTES + checkedLength(name, reader.peekUint64()));
  }
  return new StringArray(runs);
}

function checkedLength(name: string, length: number, maxBytes = MAX_STRING_BYTES): number {
  if (length <= maxBytes) return length;
  throw badGguf(name, `a string claims ${BigInt(length)} bytes, more than ${maxBytes}`);
}

type NumberType = Exclude<ValueType, 'string' | 'array' | 'bool'>;

function readNumbers(reader: SequentialReader, type: NumberType, length: number): GgufArray {
  const numbers =
    type === 'int32'
      ? new Int32Array(length)
      : type === 'float32'
        ? new Float32Array(length)
        : new Float64Array(length);
  for (let index = 0; index < length; index++) numbers[index] = reader[type]();
  return numbers;
}
