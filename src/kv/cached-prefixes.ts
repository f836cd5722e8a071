// Finished sequences whose keys and values are still in memory, least recently used first. A new prompt
// is matched against their tokens one by one, so a match is exact to the token.

import { commonPrefix } from '../base/common-prefix.ts';

export interface CachedPrefix {
  /** all of them computed */
  readonly tokens: Int32Array;
  readonly salt: string;
}

export interface CachedPrefixMatch<Entry> {
  readonly entry: Entry;
  /** tokens shared, at least 1 */
  readonly length: number;
}

export class CachedPrefixes<Entry extends CachedPrefix> {
  readonly #entries = new Set<Entry>(); // in order of last use

  get entries(): Iterable<Entry> {
    return this.#entries;
  }

  /** The entry that shares most with `prompt`, all but its last token at most. */
  match(prompt: Int32Array, salt: string): CachedPrefixMatch<Entry> | undefined {
    const usable = prompt.subarray(0, -1);
    let best: CachedPrefixMatch<Entry> | undefined;
    for (const entry of this.#entries) {
      const length = entry.salt === salt ? commonPrefix(entry.tokens, usable) : 0;
      if (length > (best?.length ?? 0)) best = { entry, length };
    }
    return best;
  }

  /** It becomes the latest. */
  add(entry: Entry): void {
    this.#entries.delete(entry);
    this.#entries.add(entry);
  }

  /** An entry that already holds all of `tokens`; it becomes the latest. */
  findCovering(tokens: Int32Array, salt: string): Entry | undefined {
    for (const entry of this.#entries) {
      if (entry.salt !== salt || commonPrefix(entry.tokens, tokens) < tokens.length) continue;
      this.add(entry);
      return entry;
    }
    return undefined;
  }

  remove(entry: Entry): void {
    this.#entries.delete(entry);
  }

  /** The least recently used entry, other than `spared`. */
  oldest(spared?: Entry): Entry | undefined {
    for (const entry of this.#entries) if (entry !== spared) return entry;
    return undefined;
  }

  /** Entries that add nothing to `tokens`: prefixes of it. */
  findCoveredBy(tokens: Int32Array, salt: string): Entry[] {
    return [...this.#entries].filter(
      (entry) => entry.salt === salt && commonPrefix(entry.tokens, tokens) === entry.tokens.length,
    );
  }
}
