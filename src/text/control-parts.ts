// Parts of control strings: a text that ends with the beginning of one, or begins with the end of one, could
// make it whole together with what it is put beside.

/** The proper beginnings and ends of control strings. */
export class ControlParts {
  readonly #beginnings = new Set<string>();
  readonly #endings = new Set<string>();
  /** code units that one begins with, or ends with: most texts have few, so little is looked up */
  readonly #first = new Set<number>();
  readonly #last = new Set<number>();
  #longest = 0;

  constructor(controls: readonly string[]) {
    for (const control of controls) {
      this.#longest = Math.max(this.#longest, control.length);
      this.#first.add(control.charCodeAt(0));
      this.#last.add(control.charCodeAt(control.length - 1));
      for (let at = 1; at < control.length; at++) {
        this.#beginnings.add(control.slice(0, at));
        this.#endings.add(control.slice(at));
      }
    }
  }

  /** Whether `text` up to `end` ends with the beginning of a control string. */
  beginBefore(text: string, end: number): boolean {
    for (let start = Math.max(0, end - this.#longest); start < end; start++) {
      if (this.#first.has(text.charCodeAt(start)) && this.#beginnings.has(text.slice(start, end)))
        return true;
    }
    return false;
  }

  /** Whether `text` from `start` begins with the end of a control string. */
  endAfter(text: string, start: number): boolean {
    for (let end = Math.min(text.length, start + this.#longest); end > start; end--) {
      if (this.#last.has(text.charCodeAt(end - 1)) && this.#endings.has(text.slice(start, end))) return true;
    }
    return false;
  }
}
