// Finds stop strings in a stream of text. Text that may be the start of a stop string is buffered, so that no part of a stop
// string is emitted, wherever the token boundaries are.

export interface StopProgress {
  /** text that can be emitted now */
  readonly text: string;
  /** whether a stop string was found; the answer then ends after `text` */
  readonly stopped: boolean;
}

export class StopStrings {
  readonly #searches: readonly StopSearch[];
  // The buffered text is always a prefix of a stop string, so only this stop string and a length are stored.
  #bufferedStop = '';
  #bufferedLength = 0;

  /** @param stops stop strings, none of them empty */
  constructor(stops: readonly string[]) {
    this.#searches = stops.map((stop) => new StopSearch(stop));
  }

  /** Adds a piece of the text. */
  push(piece: string): StopProgress {
    for (let i = 0; i < piece.length; i++) {
      const stopLength = this.#read(piece.charCodeAt(i));
      if (stopLength === 0) continue;
      const text = this.#prefix(this.#bufferedLength + i + 1 - stopLength, piece);
      for (const search of this.#searches) search.reset();
      this.#bufferedLength = 0;
      return { text, stopped: true };
    }
    let longest: StopSearch | undefined;
    for (const search of this.#searches) if (search.matched > (longest?.matched ?? 0)) longest = search;
    const matched = longest?.matched ?? 0;
    const text = this.#prefix(this.#bufferedLength + piece.length - matched, piece);
    this.#bufferedStop = longest?.stop ?? '';
    this.#bufferedLength = matched;
    return { text, stopped: false };
  }

  /** Returns the buffered text at the end of a text without a stop string. */
  flush(): string {
    const text = this.#prefix(this.#bufferedLength, '');
    for (const search of this.#searches) search.reset();
    this.#bufferedLength = 0;
    return text;
  }

  // Returns the first `length` characters of the buffered text and `piece`. The two texts are not concatenated, because this
  // would copy long texts for each piece.
  #prefix(length: number, piece: string): string {
    if (length <= this.#bufferedLength) return this.#bufferedStop.slice(0, length);
    return this.#bufferedStop.slice(0, this.#bufferedLength) + piece.slice(0, length - this.#bufferedLength);
  }

  // Adds a code unit. Returns the length of the longest stop string with which the text now ends, or 0. The search ends at
  // the first complete stop string, so that the result does not depend on how the text is divided into pieces.
  #read(code: number): number {
    let stopLength = 0;
    for (const search of this.#searches)
      if (search.read(code)) stopLength = Math.max(stopLength, search.matched);
    return stopLength;
  }
}

// Computes the length of the longest prefix of a stop string with which the text ends, with the algorithm of Knuth, Morris
// and Pratt (1977): each character is read once, even for long and repetitive stop strings.
class StopSearch {
  readonly stop: string;
  // For each prefix of the stop string: the length of its longest proper prefix that is also its suffix. [length + 1]
  readonly #borderLengths: Int32Array;
  #matched = 0;

  constructor(stop: string) {
    this.stop = stop;
    this.#borderLengths = new Int32Array(stop.length + 1);
    for (let length = 1, border = 0; length < stop.length; length++) {
      border = this.#extend(border, stop.charCodeAt(length));
      this.#borderLengths[length + 1] = border;
    }
  }

  /** The length of the longest prefix of the stop string with which the text ends. */
  get matched(): number {
    return this.#matched;
  }

  /** Adds a code unit. Returns whether the text now ends with the stop string. */
  read(code: number): boolean {
    this.#matched = this.#extend(this.#matched, code);
    return this.#matched === this.stop.length;
  }

  reset(): void {
    this.#matched = 0;
  }

  // Returns the matched length after `code`, if it was `matched` before.
  #extend(matched: number, code: number): number {
    let length = matched;
    while (length > 0 && this.stop.charCodeAt(length) !== code)
      length = this.#borderLengths[length] as number;
    return this.stop.charCodeAt(length) === code ? length + 1 : length;
  }
}
