// SHA-256 (FIPS 180-4) fed in parts: browsers offer it only as a promise over the whole. It hashes some hundred
// kilobytes of samples and vocabulary while a model is loaded; Node's own is taken where there is Node.

const ROUNDS = 64;
const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8; // of the message, in bits, at the end of the last block

export class Sha256 {
  readonly #state = firstPrimes(8).reduce((state, prime, i) => {
    state[i] = fraction(Math.sqrt(prime));
    return state;
  }, new Uint32Array(8));
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #view = new DataView(this.#block.buffer);
  readonly #words = new Uint32Array(ROUNDS);
  #bytes = 0; // fed so far

  /** Texts are taken as UTF-8. */
  update(data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    for (let from = 0; from < bytes.length; ) {
      const at = this.#bytes % BLOCK_BYTES;
      const part = bytes.subarray(from, from + BLOCK_BYTES - at);
      this.#block.set(part, at);
      this.#bytes += part.length;
      from += part.length;
      if (at + part.length === BLOCK_BYTES) this.#compress();
    }
  }

  /** Sixty-four hexadecimal digits; nothing may be added afterwards. */
  digest(): string {
    const bits = BigInt(this.#bytes) * 8n;
    const used = (this.#bytes % BLOCK_BYTES) + 1;
    const zeros = (2 * BLOCK_BYTES - LENGTH_BYTES - used) % BLOCK_BYTES;
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
      const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + choice + CONSTANTS[i]! + words[i]!) | 0;
      const majority = (a & b) ^ (a & c) ^ (b & c);
      const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority) | 0;
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

  // The words of a block, and those that are made of them.
  #schedule(): Uint32Array {
    const words = this.#words;
    for (let i = 0; i < 16; i++) words[i] = this.#view.getUint32(4 * i);
    for (let i = 16; i < ROUNDS; i++) {
      const early = words[i - 15]!;
      const late = words[i - 2]!;
      const low = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
      const high = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
      words[i] = words[i - 16]! + low + words[i - 7]! + high;
    }
    return words;
  }
}

const turn = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

// The first 32 bits of what stands behind the point.
const fraction = (value: number): number => Math.floor((value - Math.floor(value)) * 2 ** 32);

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}

// A double has 52 bits: enough for 32 behind the point of roots below 7.
const CONSTANTS = Uint32Array.from(firstPrimes(ROUNDS), (prime) => fraction(Math.cbrt(prime)));
