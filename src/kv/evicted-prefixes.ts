// A limited record of evicted texts by key, so that a cache miss can be explained; the oldest entries are dropped first.
// A key is a hash, so about one explanation in 2^53 is wrong. The keys are used for nothing else.

/** Returns the key of the text that extends the text with key `parentKey` by tokens[from] to tokens[end - 1]. */
export function prefixKey(parentKey: number, tokens: Int32Array, from: number, end: number): number {
  let lowHash = (parentKey % 2 ** 32) | 0;
  let highHash = Math.floor(parentKey / 2 ** 32) | 0;
  for (let i = from; i < end; i++) {
    lowHash = Math.imul(lowHash ^ tokens[i]!, 0x85ebca6b);
    lowHash ^= lowHash >>> 13;
    highHash = Math.imul((highHash ^ tokens[i]!) + 0x9e3779b9, 0xc2b2ae35);
    highHash ^= highHash >>> 16;
  }
  return ((highHash >>> 0) % 2 ** 21) * 2 ** 32 + (lowHash >>> 0);
}

/** Returns the key of the empty text with a salt. */
export function saltKey(salt: string): number {
  const codes = Int32Array.from({ length: salt.length }, (_, i) => salt.charCodeAt(i));
  return prefixKey(salt.length, codes, 0, codes.length);
}

export class EvictedPrefixes {
  readonly #keys = new Set<number>(); // in order of eviction
  readonly #maxKeys: number;

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  add(key: number): void {
    this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size <= this.#maxKeys) return;
    for (const oldest of this.#keys) {
      this.#keys.delete(oldest);
      return;
    }
  }

  /** Removes the key of a text that is cached again. */
  delete(key: number): void {
    this.#keys.delete(key);
  }

  has(key: number): boolean {
    return this.#keys.has(key);
  }
}
