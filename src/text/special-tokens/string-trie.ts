// A trie of strings over code units. Finding the string that starts at an offset takes at most as many steps as the
// longest string has code units, regardless of the number of strings.

/** The initial state. No transition leads to it, so it also means "no transition". */
export const ROOT_STATE = 0;

export class StringTrie {
  // by state * 65536 + code unit
  readonly #transitions = new Map<number, number>();
  /** 1 for each code unit that starts a string: for most offsets of a text only this table is read */
  readonly #startUnits = new Uint8Array(0x1_0000);
  /** the string that ends at each state */
  readonly #stringByState: (string | undefined)[] = [undefined];

  /** @param strings empty strings are ignored */
  constructor(strings: Iterable<string>) {
    for (const text of strings) if (text !== '') this.#add(text);
  }

  /** number of states; the number of a state is larger than that of its predecessor */
  get stateCount(): number {
    return this.#stringByState.length;
  }

  /** Returns whether a string starts with `code`. */
  canStartWith(code: number): boolean {
    return this.#startUnits[code] === 1;
  }

  /** Returns the state after `code`; ROOT_STATE if no string continues with `code`. */
  step(state: number, code: number): number {
    return this.#transitions.get(state * 0x1_0000 + code) ?? ROOT_STATE;
  }

  /** Returns the string that ends at `state`; undefined if there is none. */
  stringAt(state: number): string | undefined {
    return this.#stringByState[state];
  }

  /** Yields all transitions as [from, code unit, to], in order of depth. */
  *transitions(): Generator<readonly [number, number, number]> {
    const depth = new Uint32Array(this.stateCount);
    const byDepth: (readonly [number, number, number])[] = [];
    for (const [key, to] of this.#transitions) {
      const from = Math.floor(key / 0x1_0000);
      depth[to] = (depth[from] as number) + 1;
      byDepth.push([from, key % 0x1_0000, to]);
    }
    byDepth.sort((a, b) => (depth[a[2]] as number) - (depth[b[2]] as number));
    yield* byDepth;
  }

  #add(text: string): void {
    this.#startUnits[text.charCodeAt(0)] = 1;
    let state = ROOT_STATE;
    for (let at = 0; at < text.length; at++) {
      const key = state * 0x1_0000 + text.charCodeAt(at);
      let next = this.#transitions.get(key);
      if (next === undefined) {
        next = this.#stringByState.push(undefined) - 1;
        this.#transitions.set(key, next);
      }
      state = next;
    }
    this.#stringByState[state] = text;
  }
}
