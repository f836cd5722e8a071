// Incremental SHA-256 (FIPS 180-4) for browsers, because `crypto.subtle.digest` needs all bytes at once. Used for a few hundred
// kilobytes of tensor samples and vocabulary while a model is loaded. In Node, node:crypto is used instead.

const ROUNDS = 64;
const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8; // size of the message length (in bits) at the end of the last block

export class Sha256 {
  readonly #state = firstPrimes(8).reduce((state, prime, i) => {
    state[i] = fraction(Math.sqrt(prime));
    return state;
  }, new Uint32Array(8));
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #view = new DataView(this.#block.buffer);
  readonly #words = new Uint32Array(ROUNDS);
  #byteCount = 0; // number of bytes added so far

  /** Adds bytes, or the UTF-8 bytes of a string. */
  update(data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    for (let from = 0; from < bytes.length; ) {
      const blockOffset = this.#byteCount % BLOCK_BYTES;
      const part = bytes.subarray(from, from + BLOCK_BYTES - blockOffset);
      this.#block.set(part, blockOffset);
      this.#byteCount += part.length;
      from += part.length;
      if (blockOffset + part.length === BLOCK_BYTES) this.#compress();
    }
  }

  /** Returns the hash as 64 hexadecimal digits. `update` must not be called afterwards. */
  digest(): string {
    const bits = BigInt(this.#byteCount) * 8n;
    const usedBytes = (this.#byteCount % BLOCK_BYTES) + 1;
    const zeros = (2 * BLOCK_BYTES - LENGTH_BYTES - usedBytes) % BLOCK_BYTES;
    this.update(Uint8Array.of(0x80, ...new Uint8Array(zeros)));
    this.#view.setBigUint64(BLOCK_BYTES - LENGTH_BYTES, bits);
    this.#compress();
    return Array.from(this.#state, (word) => word.toString(16).padStart(8, '0')).join('');
  }

  #compress(): void {
    const words = this.#schedule();
    const state = this.#state;
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let i = 0; i < ROUNDS; i++) {
      const choice = (e & f) ^ (~e & g);
      const first =
        (h +
          (rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25)) +
          choice +
          CONSTANTS[i]! +
          words[i]!) |
        0;
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const second = ((rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22)) + majority) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = state[i]! + word;
  }

  // Returns the message schedule: the 16 words of the block and 48 words derived from them.
  #schedule(): Uint32Array {
    const words = this.#words;
    for (let i = 0; i < 16; i++) words[i] = this.#view.getUint32(4 * i);
    for (let i = 16; i < ROUNDS; i++) {
      const word15 = words[i - 15]!;
      const word2 = words[i - 2]!;
      const sigma0 = rotateRight(word15, 7) ^ rotateRight(word15, 18) ^ (word15 >>> 3);
      const sigma1 = rotateRight(word2, 17) ^ rotateRight(word2, 19) ^ (word2 >>> 10);
      words[i] = words[i - 16]! + sigma0 + words[i - 7]! + sigma1;
    }
    return words;
  }
}

const rotateRight = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits));

// Returns the first 32 bits of the fractional part of a number.
const fraction = (value: number): number => Math.floor((value - Math.floor(value)) * 2 ** 32);

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}

// The precision of a double is sufficient: cube roots below 7 need 3 bits and 32 fractional bits.
const CONSTANTS = Uint32Array.from(firstPrimes(ROUNDS), (prime) => fraction(Math.cbrt(prime)));
