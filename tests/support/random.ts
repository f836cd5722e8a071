// Repeatable pseudo-random numbers for tests. The algorithm differs from that of the sampler (`uniform`), so that the numbers
// can be used to test the sampler.

/** Returns a function that generates numbers in [0, 1) with the algorithm mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns a whole number from 0 to `limit` - 1. */
export const randomInteger = (random: () => number, limit: number): number => Math.floor(random() * limit);

/** Returns the numbers from 0 to `count` - 1 in random order. */
export function shuffledIndexes(count: number, random: () => number): number[] {
  const list = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = randomInteger(random, i + 1);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}
