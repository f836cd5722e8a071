// Many answers on one prefix, by what they share of it: forks that copy what they write, forks with a copy of their
// own, and requests that know nothing of each other. Each run wants a new engine, so that its memory begins empty.

import { sum } from '../../../base/sum.ts';
import type { GenerationStream } from '../../../completion/generation.ts';
import type { RequestOptions } from '../../../completion/request-options.ts';
import type { Engine } from '../../../engine/engine.ts';

export interface ManyAnswers {
  /** by request */
  readonly tokens: readonly (readonly number[])[];
  /** tokens that ran through the model */
  readonly computedTokens: number;
  /** KV memory that holds tokens at the end; what answers share counts once */
  readonly filledBytes: number;
  /** blocks that were copied because they were about to be written and others held them */
  readonly copiedBlocks: number;
  /** from the first request to the last answer */
  readonly totalMs: number;
}

let salts = 0;
const SEED = 7;

/** `count` answers drawn from one prompt, which is computed once. */
export function forkedAnswers(
  engine: Engine,
  tokens: readonly number[],
  count: number,
  generate: number,
): Promise<ManyAnswers> {
  return manyAnswers(engine, () =>
    engine.generateChoices({ tokens, ...drawn(generate, 0), cacheSalt: ownSalt() }, count),
  );
}

/** As many answers to the same prompt that share nothing. The first draws as the first of the forks does. */
export function separateAnswers(
  engine: Engine,
  tokens: readonly number[],
  count: number,
  generate: number,
): Promise<ManyAnswers> {
  return manyAnswers(engine, () =>
    Array.from({ length: count }, (_, i) =>
      engine.completeTokens(tokens, { ...drawn(generate, i), cacheSalt: ownSalt() }),
    ),
  );
}

/** One greedy answer to each prompt, all under one salt or each under its own. */
export function conversationAnswers(
  engine: Engine,
  prompts: readonly (readonly number[])[],
  generate: number,
  shared: boolean,
): Promise<ManyAnswers> {
  const salt = ownSalt();
  const options = { temperature: 0, maxTokens: generate, minTokens: generate };
  return manyAnswers(engine, () =>
    prompts.map((prompt) =>
      engine.completeTokens(prompt, { ...options, cacheSalt: shared ? salt : ownSalt() }),
    ),
  );
}

const ownSalt = (): string => `sharing ${salts++}`;

const drawn = (generate: number, request: number): RequestOptions => ({
  temperature: 0.8,
  repetitionPenalty: 1,
  seed: SEED + request,
  maxTokens: generate,
  minTokens: generate,
});

async function manyAnswers(engine: Engine, start: () => readonly GenerationStream[]): Promise<ManyAnswers> {
  const began = performance.now();
  const results = await Promise.all(start().map(({ result }) => result));
  const totalMs = performance.now() - began;
  const { usedBytes, cachedBytes } = engine.kvUsage;
  return {
    tokens: results.map(({ tokens }) => tokens),
    computedTokens: sum(results.map(({ computedTokens }) => computedTokens)),
    filledBytes: usedBytes + cachedBytes,
    copiedBlocks: engine.counters.events.copied,
    totalMs,
  };
}

export const sameTokens = (a: ManyAnswers, b: ManyAnswers, count = a.tokens.length): boolean =>
  Array.from({ length: count }, (_, i) => a.tokens[i]!.join() === b.tokens[i]!.join()).every(Boolean);
