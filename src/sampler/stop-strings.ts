// Finds stop strings in a stream of text. Text that may be the start of a stop string is held back, so that no part
// of a stop string is emitted, wherever the token boundaries are.

export interface StopProgress {
  /** text that can be emitted now */
  readonly text: string;
  /** a stop string was found: the answer ends here */
  readonly stopped: boolean;
}

export class StopStrings {
  readonly #searches: readonly StopSearch[];
  // The held-back text is always a prefix of a stop string, so it is stored as that string and a length.
  #holder = '';
  #held = 0;

  /** @param stops stop strings, none of them empty */
  constructor(stops: readonly string[]) {
    this.#searches = stops.map((stop) => new StopSearch(stop));
  }

  push(piece: string): StopProgress {
    for (let at = 0; at < piece.length; at++) {
      const found = this.#read(piece.charCodeAt(at));
      if (found === 0) continue;
      const text = this.#first(this.#held + at + 1 - found, piece);
      for (const search of this.#searches) search.reset();
      this.#held = 0;
      return { text, stopped: true };
    }
    let holder: StopSearch | undefined;
    for (const search of this.#searches) if (search.matched > (holder?.matched ?? 0)) holder = search;
    const held = holder?.matched ?? 0;
    const text = this.#first(this.#held + piece.length - held, piece);
    this.#holder = holder?.stop ?? '';
    this.#held = held;
    return { text, stopped: false };
  }

  /** Returns the held-back text at the end of a text without a stop string. */
  flush(): string {
    const text = this.#first(this.#held, '');
    for (const search of this.#searches) search.reset();
    this.#held = 0;
    return text;
  }

  // The first `length` characters of the held-back text followed by `piece`, without concatenating them: that would
  // copy long text each time.
  #first(length: number, piece: string): string {
    if (length <= this.#held) return this.#holder.slice(0, length);
    return this.#holder.slice(0, this.#held) + piece.slice(0, length - this.#held);
  }

  // Returns the length of the stop string that is complete now, the longest of several; 0 for none. The one that
  // completes first counts, so that the result does not depend on how the text is divided.
  #read(code: number): number {
    let found = 0;
    for (const search of this.#searches) if (search.read(code)) found = Math.max(found, search.matched);
    return found;
  }
}

// Tracks how much of a stop string the text ends with, by the method of Knuth, Morris and Pratt (1977): each
// character is read once, however long and repetitive the string is.
class StopSearch {
  readonly stop: string;
  // For each prefix of n code units, the length of its longest proper prefix that is also a suffix. [length + 1]
  readonly #shorter: Int32Array;
  #matched = 0;

  constructor(stop: string) {
    this.stop = stop;
    this.#shorter = new Int32Array(stop.length + 1);
    for (let length = 1, shorter = 0; length < stop.length; length++) {
      shorter = this.#longer(shorter, stop.charCodeAt(length));
      this.#shorter[length + 1] = shorter;
    }
  }

  /** Number of code units of the stop string that the text ends with; its length when it is complete. */
  get matched(): number {
    return this.#matched;
  }

  /** Returns whether the stop string is complete with `code`. */
  read(code: number): boolean {
    this.#matched = this.#longer(this.#matched, code);
    return this.#matched === this.stop.length;
  }

  reset(): void {
    this.#matched = 0;
  }

  #longer(matched: number, code: number): number {
    let length = matched;
    while (length > 0 && this.stop.charCodeAt(length) !== code) length = this.#shorter[length] as number;
    return this.stop.charCodeAt(length) === code ? length + 1 : length;
  }
}
