// Strings as a trie over code units: which of many strings begins at a place is found in as many steps as the
// longest has code units, however many there are. A list of strings that begin alike would cost a comparison each.

/** The state before any code unit. No step leads back to it, so that it also says that there is no step. */
export const ROOT = 0;

export class TextTrie {
  // by state * 65536 + code unit
  readonly #next = new Map<number, number>();
  /** 1 for each code unit that a string begins with: most of a text is passed by this table alone */
  readonly #first = new Uint8Array(0x1_0000);
  /** the string that ends at a state */
  readonly #ends: (string | undefined)[] = [undefined];

  /** @param texts empty ones are left out */
  constructor(texts: Iterable<string>) {
    for (const text of texts) if (text !== '') this.#add(text);
  }

  /** States are numbered from 0, each after the one that leads to it. */
  get states(): number {
    return this.#ends.length;
  }

  begins(code: number): boolean {
    return this.#first[code] === 1;
  }

  /** The state after `code`; ROOT where no string goes on with it. */
  step(state: number, code: number): number {
    return this.#next.get(state * 0x1_0000 + code) ?? ROOT;
  }

  end(state: number): string | undefined {
    return this.#ends[state];
  }

  /** All steps as [from, code unit, to], the shorter strings' first. */
  *steps(): Generator<readonly [number, number, number]> {
    const depth = new Uint32Array(this.states);
    const byDepth: (readonly [number, number, number])[] = [];
    for (const [key, to] of this.#next) {
      const from = Math.floor(key / 0x1_0000);
      depth[to] = (depth[from] as number) + 1;
      byDepth.push([from, key % 0x1_0000, to]);
    }
    byDepth.sort((a, b) => (depth[a[2]] as number) - (depth[b[2]] as number));
    yield* byDepth;
  }

  #add(text: string): void {
    this.#first[text.charCodeAt(0)] = 1;
    let state = ROOT;
    for (let at = 0; at < text.length; at++) {
      const key = state * 0x1_0000 + text.charCodeAt(at);
      let next = this.#next.get(key);
      if (next === undefined) {
        next = this.#ends.push(undefined) - 1;
        this.#next.set(key, next);
      }
      state = next;
    }
    this.#ends[state] = text;
  }
}
