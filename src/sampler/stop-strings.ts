// Finds stop strings in a text that comes in pieces. Text that could still turn out to be the start of a stop
// string is held back, so that no part of one is ever emitted, wherever the borders of tokens fall.

export interface StopProgress {
  /** text that is safe to emit now */
  readonly text: string;
  /** a stop string was found: the text ends here */
  readonly stopped: boolean;
}

export class StopStrings {
  readonly #searches: readonly StopSearch[];
  // What is held back is the beginning of a stop string, so that string and a length say it.
  #holder = '';
  #held = 0;

  /** @param stops none of them empty */
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

  /** What was held back, when the text ends without a stop string. */
  flush(): string {
    const text = this.#first(this.#held, '');
    for (const search of this.#searches) search.reset();
    this.#held = 0;
    return text;
  }

  // Of what was held back and `piece` after it, without putting them together: that would copy a long one each time.
  #first(length: number, piece: string): string {
    if (length <= this.#held) return this.#holder.slice(0, length);
    return this.#holder.slice(0, this.#held) + piece.slice(0, length - this.#held);
  }

  // The length of the stop string that is complete now, of the longest of several; 0 for none. The one that is
  // complete first counts, so that it does not matter how much text came at once.
  #read(code: number): number {
    let found = 0;
    for (const search of this.#searches) if (search.read(code)) found = Math.max(found, search.matched);
    return found;
  }
}

// How much of a stop string the text ends with, by the method of Knuth, Morris and Pratt (1977): no character is read
// twice, however long the string is and however much of it comes again and again.
class StopSearch {
  readonly stop: string;
  // Of the first n code units, how many are the beginning of the stop string again. [length + 1]
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

  /** Code units that the text ends with; all of them where the stop string is complete. */
  get matched(): number {
    return this.#matched;
  }

  /** Whether the stop string is complete with `code`. */
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
