// Builds a long string from many short strings. A string that grows by `+=` is a rope, which V8 flattens on the first
// access after each `+=`. This class joins the pieces in batches.

const BATCH_PIECES = 1024;

export class StringBuilder {
  #batches: string[] = [];
  #pieces: string[] = [];
  #length = 0;

  /** length of the appended pieces, in code units */
  get length(): number {
    return this.#length;
  }

  append(piece: string): void {
    if (piece === '') return;
    this.#length += piece.length;
    if (this.#pieces.push(piece) < BATCH_PIECES) return;
    this.#batches.push(this.#pieces.join(''));
    this.#pieces = [];
  }

  build(): string {
    return this.#batches.join('') + this.#pieces.join('');
  }
}
