// @ts-check
// The prompts of disk-process.js, which a restarted process repeats. No two prompts have a common prefix.

export const BLOCK_SIZE = 8;
const PROMPTS = 3;
const LENGTH = 29;

/**
 * @param {number} seed
 * @param {number} round
 * @returns {number[][]} token ids
 */
export function promptsOf(seed, round) {
  return Array.from({ length: PROMPTS }, (_, index) => {
    const number = (seed * 512 + round) * PROMPTS + index;
    const digits = [number % 250, Math.floor(number / 250) % 250, Math.floor(number / 62_500) % 250];
    return Array.from({ length: LENGTH }, (_, i) => digits[i] ?? (number * 7 + i * 13) % 250);
  });
}

/** @param {number} tokens */
export const fullBlocks = (tokens) => Math.floor(tokens / BLOCK_SIZE);
