// Finds stop strings in a text that comes in pieces. Text that could still turn out to be the start of a stop
// string is held back, so that no part of one is ever emitted, wherever the borders of tokens fall.

export interface StopProgress {
  /** text that is safe to emit now */
  readonly text: string;
  /** a stop string was found: the text ends here */
  readonly stopped: boolean;
}

export class StopStrings {
  readonly #stops: readonly string[];
  #held = '';

  /** @param stops none of them empty */
  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  push(piece: string): StopProgress {
    const text = this.#held + piece;
    const found = this.#earliest(text);
    if (found !== undefined) {
      this.#held = '';
      return { text: text.slice(0, found), stopped: true };
    }
    const held = this.#heldLength(text);
    this.#held = text.slice(text.length - held);
    return { text: text.slice(0, text.length - held), stopped: false };
  }

  /** What was held back, when the text ends without a stop string. */
  flush(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }

  // Where the stop string begins that is complete first (the longest of several), so that it does not
  // matter how much text came at once.
  #earliest(text: string): number | undefined {
    let found: { start: number; end: number } | undefined;
    for (const stop of this.#stops) {
      const start = text.indexOf(stop);
      const end = start + stop.length;
      if (start < 0 || (found !== undefined && end > found.end)) continue;
      if (found === undefined || end < found.end || start < found.start) found = { start, end };
    }
    return found?.start;
  }

  // The longest end of `text` that begins some stop string.
  #heldLength(text: string): number {
    let longest = 0;
    for (const stop of this.#stops) {
      for (let length = Math.min(stop.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(stop.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}
