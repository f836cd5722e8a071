// Finished sequences whose keys and values are still in memory, least recently used first. A new prompt is compared
// with them token by token, so matches are exact to the token.

import { commonPrefixLength } from '../base/common-prefix.ts';

export interface CachedPrefix {
  /** tokens whose keys and values are in memory */
  readonly tokens: Int32Array;
  readonly salt: string;
}

export interface CachedPrefixMatch<Entry> {
  readonly entry: Entry;
  /** number of shared tokens, at least 1 */
  readonly length: number;
}

export class CachedPrefixes<Entry extends CachedPrefix> {
  readonly #entries = new Set<Entry>(); // in order of last use

  get entries(): Iterable<Entry> {
    return this.#entries;
  }

  /**
   * Returns the entry that shares the longest prefix with `prompt`. The last token of the prompt never matches, because
   * its logits must be computed.
   */
  match(prompt: Int32Array, salt: string): CachedPrefixMatch<Entry> | undefined {
    const usable = prompt.subarray(0, -1);
    let best: CachedPrefixMatch<Entry> | undefined;
    for (const entry of this.#entries) {
      const length = entry.salt === salt ? commonPrefixLength(entry.tokens, usable) : 0;
      if (length > (best?.length ?? 0)) best = { entry, length };
    }
    return best;
  }

  /** Adds an entry if it is new, and marks it as most recently used. */
  add(entry: Entry): void {
    this.#entries.delete(entry);
    this.#entries.add(entry);
  }

  /** Returns an entry that contains all of `tokens` as a prefix, and marks it as most recently used. */
  findCovering(tokens: Int32Array, salt: string): Entry | undefined {
    for (const entry of this.#entries) {
      if (entry.salt !== salt || commonPrefixLength(entry.tokens, tokens) < tokens.length) continue;
      this.add(entry);
      return entry;
    }
    return undefined;
  }

  remove(entry: Entry): void {
    this.#entries.delete(entry);
  }

  /** Returns the least recently used entry other than `excluded`. */
  oldest(excluded?: Entry): Entry | undefined {
    for (const entry of this.#entries) if (entry !== excluded) return entry;
    return undefined;
  }

  /** Returns the entries that are prefixes of `tokens`. */
  findCoveredBy(tokens: Int32Array, salt: string): Entry[] {
    return [...this.#entries].filter(
      (entry) => entry.salt === salt && commonPrefixLength(entry.tokens, tokens) === entry.tokens.length,
    );
  }
}
