// A long text from many small ones. A string that grows piece by piece is a tree, which is made flat at once
// when it is first looked into, and again whenever it has grown: here it is joined by small lots as it grows.

const LOT = 1024;

export class TextBuilder {
  #lots: string[] = [];
  #pieces: string[] = [];
  #length = 0;

  /** of the text so far, in code units */
  get length(): number {
    return this.#length;
  }

  add(piece: string): void {
    if (piece === '') return;
    this.#length += piece.length;
    if (this.#pieces.push(piece) < LOT) return;
    this.#lots.push(this.#pieces.join(''));
    this.#pieces = [];
  }

  build(): string {
    return this.#lots.join('') + this.#pieces.join('');
  }
}
