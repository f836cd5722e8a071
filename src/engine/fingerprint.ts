// A fingerprint of everything that can change a bit of a key or a value: what is computed under one fingerprint is
// good under the same one, in another process and another year, and under no other.

import type { KvLayout } from '../base/model/kv-layout.ts';
import type { ModelFile, TensorInfo } from '../base/model/model-file.ts';
import { type Backend, NUMERICS_VERSION } from '../kernels/backend.ts';
import type { RopeTable } from '../program/rope-table.ts';
import type { CreateHash, IncrementalHash } from './engine-ports.ts';

const SAMPLE_BYTES = 64;
const SAMPLES = 16;

/** Of a model, whatever runs it. */
export class ModelPrint {
  readonly #hash: IncrementalHash;

  constructor(createHash: CreateHash, file: ModelFile) {
    this.#hash = createHash();
    const tensors = [...file.tensors.values()].map(({ name, dtype, shape }) => [name, dtype, shape]);
    this.#add({ config: file.config, tensors });
    this.#add(file.tokenizer);
  }

  /**
   * Takes samples of a tensor from all over it: `bytes` are those from `from` on, the parts in order. Tensors come in
   * the same order each time.
   */
  tensor({ name, byteLength }: Pick<TensorInfo, 'name' | 'byteLength'>, bytes: Uint8Array, from = 0): void {
    if (from === 0) this.#hash.update(`${name} ${byteLength}\n`);
    const step = Math.max(SAMPLE_BYTES, Math.floor(byteLength / SAMPLES));
    const end = from + bytes.byteLength;
    for (let at = Math.floor(from / step) * step; at < end; at += step) {
      const first = Math.max(at, from) - from;
      const last = Math.min(at + SAMPLE_BYTES, end) - from;
      if (first < last) this.#hash.update(bytes.slice(first, last)); // a copy: hashing takes no shared memory
    }
  }

  /** Sixty-four hexadecimal digits. */
  digest(): string {
    return this.#hash.digest();
  }

  #add(value: unknown): void {
    this.#hash.update(`${JSON.stringify(value, plain)}\n`);
  }
}

/**
 * Of a model's keys and values as one engine computes and stores them.
 * @param backend with its activation arithmetic and what else its bits depend on
 * @param stored `layout` has the type and the places of keys and values, `ropes` their angles
 */
export function fingerprintOf(
  createHash: CreateHash,
  model: string,
  { name, target, numerics }: Backend,
  { layout, ropes }: { layout: KvLayout; ropes: readonly RopeTable[] },
): string {
  const all = { NUMERICS_VERSION, model, name, target, numerics, layout, ropes };
  const hash = createHash();
  hash.update(JSON.stringify(all, plain));
  return hash.digest();
}

// Maps and typed arrays as JSON can say them.
function plain(_: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return [...(value as Uint8Array)];
  return value;
}
