// The fingerprint of everything that affects the bits of keys and values. Data stored under a fingerprint is valid only
// for the same fingerprint, in any process and at any time.

import type { KvLayout } from '../base/model/kv-layout.ts';
import type { ModelFile, TensorInfo } from '../base/model/model-file.ts';
import { type Backend, NUMERICS_VERSION } from '../kernels/backend.ts';
import type { RopeTable } from '../program/rope-table.ts';
import type { CreateHash, IncrementalHash } from './engine-ports.ts';

const SAMPLE_BYTES = 64;
const SAMPLES = 16;

/** The hash of a model's content, independent of the backend. */
export class ModelHash {
  readonly #hash: IncrementalHash;

  constructor(createHash: CreateHash, file: ModelFile) {
    this.#hash = createHash();
    const tensors = [...file.tensors.values()].map(({ name, dtype, shape }) => [name, dtype, shape]);
    this.#add({ config: file.config, tensors });
    this.#add(file.tokenizer);
  }

  /**
   * Adds samples that are spread over a tensor. `bytes` are its bytes from offset `from`; parts are added in order, and
   * tensors always in the same order.
   */
  addTensor(
    { name, byteLength }: Pick<TensorInfo, 'name' | 'byteLength'>,
    bytes: Uint8Array,
    from = 0,
  ): void {
    if (from === 0) this.#hash.update(`${name} ${byteLength}\n`);
    const step = Math.max(SAMPLE_BYTES, Math.floor(byteLength / SAMPLES));
    const end = from + bytes.byteLength;
    for (let at = Math.floor(from / step) * step; at < end; at += step) {
      const first = Math.max(at, from) - from;
      const last = Math.min(at + SAMPLE_BYTES, end) - from;
      if (first < last) this.#hash.update(bytes.slice(first, last)); // a copy, because hashing does not accept shared memory
    }
  }

  /** Returns the hash as 64 hexadecimal digits. */
  digest(): string {
    return this.#hash.digest();
  }

  #add(value: unknown): void {
    this.#hash.update(`${JSON.stringify(value, toPlain)}\n`);
  }
}

/**
 * Returns the fingerprint of a model's keys and values as one engine computes and stores them: 64 hexadecimal digits.
 * @param model hash of the model
 * @param backend its name, activation arithmetic and numerics
 * @param stored `layout` of the KV memory, and the rotary angles in `ropes`
 */
export function fingerprintOf(
  createHash: CreateHash,
  model: string,
  { name, target, numerics }: Backend,
  { layout, ropes }: { layout: KvLayout; ropes: readonly RopeTable[] },
): string {
  const all = { NUMERICS_VERSION, model, name, target, numerics, layout, ropes };
  const hash = createHash();
  hash.update(JSON.stringify(all, toPlain));
  return hash.digest();
}

// A replacer for JSON.stringify: maps and typed arrays become arrays.
function toPlain(_: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return [...(value as Uint8Array)];
  return value;
}
