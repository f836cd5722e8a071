// Computes a fingerprint of everything that affects the bits of keys and values. Stored keys and values may be used only by engines
// with the same fingerprint, but by all processes and at any time.

import type { KvLayout } from '../base/model/kv-layout.ts';
import type { ModelFile, TensorInfo } from '../base/model/model-file.ts';
import { type Backend, type ByteRange, NUMERICS_VERSION } from '../kernels/backend.ts';
import type { RopeTable } from '../program/rope-table.ts';
import type { CreateHash, IncrementalHash } from './engine-ports.ts';

const SAMPLE_BYTES = 64;
const SAMPLES_PER_TENSOR = 16;

type SampledTensor = Pick<TensorInfo, 'name' | 'byteLength'>;

/** Returns the ranges of a tensor that the hash contains. */
export function samplesOf({ byteLength }: Pick<TensorInfo, 'byteLength'>): ByteRange[] {
  const step = sampleDistance(byteLength);
  return Array.from({ length: Math.ceil(byteLength / step) }, (_, sample) => {
    const from = sample * step;
    return { from, bytes: Math.min(SAMPLE_BYTES, byteLength - from) };
  });
}

// Bytes from the start of a sample to the start of the next one.
const sampleDistance = (byteLength: number): number =>
  Math.max(SAMPLE_BYTES, Math.floor(byteLength / SAMPLES_PER_TENSOR));

/** Computes the hash of a model's contents, which does not depend on the backend. */
export class ModelHash {
  readonly #hash: IncrementalHash;

  constructor(createHash: CreateHash, file: ModelFile) {
    this.#hash = createHash();
    const tensors = [...file.tensors.values()].map(({ name, dtype, shape }) => [name, dtype, shape]);
    this.#add({ config: file.config, tensors });
    this.#add(file.tokenizer);
  }

  /**
   * Adds samples from a part of a tensor. `bytes` are the bytes of the tensor from offset `from`. The parts of a tensor must be
   * added in order, and all tensors always in the same order.
   */
  addTensor({ name, byteLength }: SampledTensor, bytes: Uint8Array, from = 0): void {
    if (from === 0) this.#hash.update(`${name} ${byteLength}\n`);
    const step = sampleDistance(byteLength);
    const end = from + bytes.byteLength;
    for (let sample = Math.floor(from / step) * step; sample < end; sample += step) {
      const sampleStart = Math.max(sample, from) - from;
      const sampleEnd = Math.min(sample + SAMPLE_BYTES, end) - from;
      // A copy, because hashing does not accept shared memory.
      if (sampleStart < sampleEnd) this.#hash.update(bytes.slice(sampleStart, sampleEnd));
    }
  }

  /** Adds the samples of a tensor, which are the bytes of its `samplesOf`, instead of its parts. */
  addSamples({ name, byteLength }: SampledTensor, samples: Uint8Array): void {
    this.#hash.update(`${name} ${byteLength}\n`);
    this.#hash.update(samples);
  }

  /** Returns the hash as 64 hexadecimal digits. */
  digest(): string {
    return this.#hash.digest();
  }

  #add(value: unknown): void {
    this.#hash.update(`${JSON.stringify(toPlain(value))}\n`);
  }
}

/**
 * Returns the fingerprint of the keys and values that an engine computes and stores, as 64 hexadecimal digits.
 * @param model hash of the model
 * @param backend the backend, of which the name, the activation arithmetic and the numerics affect the bits
 * @param stored the layout of the KV memory and the tables of rotary angles
 */
export function fingerprintOf(
  createHash: CreateHash,
  model: string,
  { name, target, numerics }: Backend,
  { layout, ropes }: { layout: KvLayout; ropes: readonly RopeTable[] },
): string {
  const inputs = { NUMERICS_VERSION, model, name, target, numerics, layout, ropes };
  const hash = createHash();
  hash.update(JSON.stringify(toPlain(inputs)));
  return hash.digest();
}

// Converts the maps and typed arrays in a value to arrays, so that JSON contains their elements. This is not a replacer of
// JSON.stringify, which would be called for each of hundreds of thousands of strings. Objects without such members are not copied.
function toPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Map) return [...value].map(toPlain);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return [...(value as Uint8Array)];
  if (Array.isArray(value)) return value.some(isObject) ? value.map(toPlain) : value;
  if (!Object.values(value).some(isObject)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toPlain(member)]));
}

const isObject = (value: unknown): boolean => typeof value === 'object';
