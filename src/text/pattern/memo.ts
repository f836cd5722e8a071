// What is known of the states of a match: an instruction at a place of the text. One that came to nothing once comes
// to nothing again, however it was reached, because patterns here look at nothing but the text from there on. So each
// is tried once, and all matches in a text together take time in proportion to it (Davis et al. 2021, "Using
// selective memoization to defeat regular expression denial of service").

const CHUNK_UNITS = 256;

interface Chunk {
  /** one a state. [CHUNK * instructions] */
  readonly tried: Uint32Array;
  /** where the match from a state ended, of those that matched */
  readonly ends: Map<number, number>;
  /** by instruction, the run that each place belongs to. [CHUNK] */
  readonly runs: Map<number, Int32Array>;
}

/** A long run of characters of one set, as far as it was looked through. */
export interface LongRun {
  readonly id: number;
  readonly end: number;
  /** the last place in it from which the rest may still match */
  candidate: number;
}

export class Memo {
  readonly #instructions: number;
  readonly #chunks = new Map<number, Chunk>();
  readonly #runs: LongRun[] = [];
  #floor = 0;
  // The one that was asked for last, which is mostly the one that is asked for next.
  #last: Chunk | undefined;
  #lastNumber = 0;

  constructor(instructions: number) {
    this.#instructions = instructions;
  }

  /** Whether the state was tried before; it counts as tried from now on. */
  markTried(pc: number, at: number): boolean {
    const { tried } = this.#chunk(at);
    const bit = this.#bit(pc, at);
    const word = bit >>> 5;
    const before = tried[word] as number;
    tried[word] = before | (1 << (bit & 31));
    return ((before >>> (bit & 31)) & 1) === 1;
  }

  /** The state is on the way to a match: it may be tried again. */
  clearTried(pc: number, at: number): void {
    const { tried } = this.#chunk(at);
    const bit = this.#bit(pc, at);
    tried[bit >>> 5] = (tried[bit >>> 5] as number) & ~(1 << (bit & 31));
  }

  setMatchEnd(pc: number, at: number, matchEnd: number): void {
    this.#chunk(at).ends.set(this.#bit(pc, at), matchEnd);
  }

  /** Where the match from a state that was tried ended; undefined where there was none. */
  end(pc: number, at: number): number | undefined {
    return this.#chunk(at).ends.get(this.#bit(pc, at));
  }

  run(pc: number, at: number): LongRun | undefined {
    const number = this.#chunk(at).runs.get(pc)?.[at % CHUNK_UNITS] ?? 0;
    return this.#runs[number - 1];
  }

  addRun(end: number): LongRun {
    const run = { id: this.#runs.length + 1, end, candidate: end };
    this.#runs.push(run);
    return run;
  }

  /** The place belongs to the run. */
  setRun(pc: number, at: number, { id }: LongRun): void {
    const { runs } = this.#chunk(at);
    let places = runs.get(pc);
    if (places === undefined) {
      places = new Int32Array(CHUNK_UNITS);
      runs.set(pc, places);
    }
    places[at % CHUNK_UNITS] = id;
  }

  /** Nothing before `at` will be asked for. */
  discardBefore(at: number): void {
    for (; this.#floor < Math.floor(at / CHUNK_UNITS); this.#floor++) this.#chunks.delete(this.#floor);
  }

  #bit(pc: number, at: number): number {
    return (at % CHUNK_UNITS) * this.#instructions + pc;
  }

  #chunk(at: number): Chunk {
    const number = Math.floor(at / CHUNK_UNITS);
    const last = this.#last;
    if (last !== undefined && this.#lastNumber === number) return last;
    let chunk = this.#chunks.get(number);
    if (chunk === undefined) {
      const tried = new Uint32Array(Math.ceil((CHUNK_UNITS * this.#instructions) / 32));
      chunk = { tried, ends: new Map(), runs: new Map() };
      this.#chunks.set(number, chunk);
    }
    this.#last = chunk;
    this.#lastNumber = number;
    return chunk;
  }
}
