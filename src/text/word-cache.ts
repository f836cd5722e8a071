// Words repeat: the ids of those met lately are kept, so that most of a text is one look-up a word.

const MAX_WORDS = 20_000;
// Long words rarely come again.
const MAX_LENGTH = 64;

/** `encode` with a memory. The ids that it returns are shared: callers copy, never change them. */
export function createWordCache(encode: (word: string) => number[]): (word: string) => readonly number[] {
  const cache = new Map<string, readonly number[]>();
  return (word) => {
    const known = cache.get(word);
    if (known !== undefined) return known;
    const ids = encode(word);
    if (word.length > MAX_LENGTH) return ids;
    // Starting afresh now and then costs less than keeping an order of use.
    if (cache.size >= MAX_WORDS) cache.clear();
    cache.set(word, ids);
    return ids;
  };
}
