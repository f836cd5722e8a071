// Memoizes the states of a match; a state is an instruction and an offset. Without back references, a state that failed
// once fails again, regardless of the path to it. So each state is tried once, and finding all matches in a text takes
// linear time (Davis et al. 2021, "Using selective memoization to defeat regular expression denial of service").

const CHUNK_UNITS = 256;

interface Chunk {
  /** one bit per state. [CHUNK_UNITS * instructions] */
  readonly tried: Uint32Array;
  /** end of the match from a state, for states that matched */
  readonly ends: Map<number, number>;
  /** by instruction, the ids of the runs that contain the offsets of the chunk. [CHUNK_UNITS] */
  readonly runs: Map<number, Int32Array>;
}

/** A long run of characters of one set. */
export interface LongRun {
  readonly id: number;
  readonly end: number;
  /** the largest offset at which the run may end and the remaining pattern may still match */
  candidate: number;
}

export class Memo {
  readonly #instructions: number;
  readonly #chunks = new Map<number, Chunk>();
  readonly #runs: LongRun[] = [];
  #firstChunkNumber = 0;
  // The chunk of the last access, which the next access usually needs too.
  #lastChunk: Chunk | undefined;
  #lastChunkNumber = 0;

  constructor(instructions: number) {
    this.#instructions = instructions;
  }

  /** Marks a state as tried and returns whether it was already marked. */
  markTried(pc: number, at: number): boolean {
    const { tried } = this.#chunk(at);
    const bit = this.#bit(pc, at);
    const word = bit >>> 5;
    const oldWord = tried[word] as number;
    tried[word] = oldWord | (1 << (bit & 31));
    return ((oldWord >>> (bit & 31)) & 1) === 1;
  }

  /** Clears the mark of a state on the path of a match, which may be tried again. */
  clearTried(pc: number, at: number): void {
    const { tried } = this.#chunk(at);
    const bit = this.#bit(pc, at);
    tried[bit >>> 5] = (tried[bit >>> 5] as number) & ~(1 << (bit & 31));
  }

  /** Stores the end of the match from a tried state. */
  setMatchEnd(pc: number, at: number, matchEnd: number): void {
    this.#chunk(at).ends.set(this.#bit(pc, at), matchEnd);
  }

  /** Returns the end of the match from a tried state; undefined if it failed. */
  matchEnd(pc: number, at: number): number | undefined {
    return this.#chunk(at).ends.get(this.#bit(pc, at));
  }

  /** Returns the run that contains an offset; undefined if there is none. */
  runAt(pc: number, at: number): LongRun | undefined {
    const number = this.#chunk(at).runs.get(pc)?.[at % CHUNK_UNITS] ?? 0;
    return this.#runs[number - 1];
  }

  /** Creates a run. */
  addRun(end: number): LongRun {
    const run = { id: this.#runs.length + 1, end, candidate: end };
    this.#runs.push(run);
    return run;
  }

  /** Adds an offset to a run. */
  setRun(pc: number, at: number, { id }: LongRun): void {
    const { runs } = this.#chunk(at);
    let runIds = runs.get(pc);
    if (runIds === undefined) {
      runIds = new Int32Array(CHUNK_UNITS);
      runs.set(pc, runIds);
    }
    runIds[at % CHUNK_UNITS] = id;
  }

  /** Discards the states before `at`. */
  discardBefore(at: number): void {
    for (; this.#firstChunkNumber < Math.floor(at / CHUNK_UNITS); this.#firstChunkNumber++)
      this.#chunks.delete(this.#firstChunkNumber);
  }

  #bit(pc: number, at: number): number {
    return (at % CHUNK_UNITS) * this.#instructions + pc;
  }

  #chunk(at: number): Chunk {
    const number = Math.floor(at / CHUNK_UNITS);
    const lastChunk = this.#lastChunk;
    if (lastChunk !== undefined && this.#lastChunkNumber === number) return lastChunk;
    let chunk = this.#chunks.get(number);
    if (chunk === undefined) {
      const tried = new Uint32Array(Math.ceil((CHUNK_UNITS * this.#instructions) / 32));
      chunk = { tried, ends: new Map(), runs: new Map() };
      this.#chunks.set(number, chunk);
    }
    this.#lastChunk = chunk;
    this.#lastChunkNumber = number;
    return chunk;
  }
}
