// Draws request lengths with the distribution of recorded chats: log-normal, with many short and a few long requests. The
// lengths are the same in every run.

import { uniform } from '../../../base/uniform.ts';

/** Numbers of tokens of a request. */
export interface RequestLengths {
  readonly prompt: number;
  readonly answer: number;
}

export interface LogNormal {
  readonly median: number;
  /** standard deviation of the logarithm */
  readonly spread: number;
}

export const PROMPT_LENGTHS: LogNormal = { median: 160, spread: 1 };
export const ANSWER_LENGTHS: LogNormal = { median: 200, spread: 0.8 };

const SEED = 11;

/** Returns `count` requests, each truncated so that the prompt and the answer fit `context`. */
export function chatLengths(count: number, context: number): RequestLengths[] {
  return Array.from({ length: count }, (_, i) => {
    const prompt = Math.min(context - 1, draw(PROMPT_LENGTHS, i, 0));
    return { prompt, answer: Math.min(context - prompt, draw(ANSWER_LENGTHS, i, 2)) };
  });
}

// Box and Muller (1958): returns a normally distributed number, computed from two uniformly distributed numbers.
function draw({ median, spread }: LogNormal, request: number, position: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(SEED, request, position)));
  const normal = radius * Math.cos(2 * Math.PI * uniform(SEED, request, position + 1));
  return Math.max(1, Math.round(median * Math.exp(spread * normal)));
}
