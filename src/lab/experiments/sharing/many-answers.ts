// Several answers at the same time that share all of their prefix, part of it, or nothing. Each run needs a new engine, so
// that its cache begins empty.

import { sum } from '../../../base/sum.ts';
import type { GenerationStream } from '../../../completion/generation.ts';
import type { RequestOptions } from '../../../completion/request-options.ts';
import type { Engine } from '../../../engine/engine.ts';

import type { SharingRun } from './data.ts';

export interface ManyAnswers extends SharingRun {
  /** by request */
  readonly tokens: readonly (readonly number[])[];
}

let salts = 0;
const SEED = 7;

/** Samples `count` answers to one prompt, which is computed once. */
export function forkedAnswers(
  engine: Engine,
  tokens: readonly number[],
  count: number,
  generate: number,
): Promise<ManyAnswers> {
  return manyAnswers(engine, () =>
    engine.generateChoices({ tokens, ...sampled(generate, 0), cacheSalt: uniqueSalt() }, count),
  );
}

/** Samples as many answers to the same prompt without sharing. The first uses the seed of the first fork. */
export function separateAnswers(
  engine: Engine,
  tokens: readonly number[],
  count: number,
  generate: number,
): Promise<ManyAnswers> {
  return manyAnswers(engine, () =>
    Array.from({ length: count }, (_, i) =>
      engine.completeTokens(tokens, { ...sampled(generate, i), cacheSalt: uniqueSalt() }),
    ),
  );
}

/** Generates one greedy answer to each prompt, all with one salt or each with a different one. */
export function conversationAnswers(
  engine: Engine,
  prompts: readonly (readonly number[])[],
  generate: number,
  shared: boolean,
): Promise<ManyAnswers> {
  const salt = uniqueSalt();
  const options = { temperature: 0, maxTokens: generate, minTokens: generate };
  return manyAnswers(engine, () =>
    prompts.map((prompt) =>
      engine.completeTokens(prompt, { ...options, cacheSalt: shared ? salt : uniqueSalt() }),
    ),
  );
}

const uniqueSalt = (): string => `sharing ${salts++}`;

const sampled = (generate: number, request: number): RequestOptions => ({
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

/** The part that a result stores. */
export const runOf = ({ tokens, ...run }: ManyAnswers): SharingRun => run;
