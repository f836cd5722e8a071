// Generates several answers at the same time, which share the whole prefix, a part of it, or nothing. Each run needs a new
// engine, so that the cache is empty at the start.

import { sum } from '../../../base/sum.ts';
import type { GenerationStream } from '../../../completion/generation.ts';
import type { RequestOptions } from '../../../completion/request-options.ts';
import type { Engine } from '../../../engine/engine.ts';
import type { SharingRun } from './data.ts';

export interface ManyAnswers extends SharingRun {
  /** tokens of the answers, by request */
  readonly tokens: readonly (readonly number[])[];
}

let saltCount = 0;
const SEED = 7;

/** Samples `count` answers to one prompt. The prompt is computed once. */
export function generateForkedAnswers(
  engine: Engine,
  tokens: readonly number[],
  count: number,
  answerTokens: number,
): Promise<ManyAnswers> {
  return manyAnswers(engine, () =>
    engine.generateChoices({ tokens, ...samplingOptions(answerTokens, 0), cacheSalt: uniqueSalt() }, count),
  );
}

/** Samples `count` answers to one prompt without sharing. The first answer uses the seed of the first fork. */
export function generateSeparateAnswers(
  engine: Engine,
  tokens: readonly number[],
  count: number,
  answerTokens: number,
): Promise<ManyAnswers> {
  return manyAnswers(engine, () =>
    Array.from({ length: count }, (_, i) =>
      engine.completeTokens(tokens, { ...samplingOptions(answerTokens, i), cacheSalt: uniqueSalt() }),
    ),
  );
}

/** Generates one greedy answer to each prompt. The prompts have one cache salt if `shared`, otherwise different salts. */
export function generateConversationAnswers(
  engine: Engine,
  prompts: readonly (readonly number[])[],
  answerTokens: number,
  shared: boolean,
): Promise<ManyAnswers> {
  const salt = uniqueSalt();
  const options = { temperature: 0, maxTokens: answerTokens, minTokens: answerTokens };
  return manyAnswers(engine, () =>
    prompts.map((prompt) =>
      engine.completeTokens(prompt, { ...options, cacheSalt: shared ? salt : uniqueSalt() }),
    ),
  );
}

const uniqueSalt = (): string => `sharing ${saltCount++}`;

const samplingOptions = (answerTokens: number, request: number): RequestOptions => ({
  temperature: 0.8,
  repetitionPenalty: 1,
  seed: SEED + request,
  maxTokens: answerTokens,
  minTokens: answerTokens,
});

async function manyAnswers(engine: Engine, start: () => readonly GenerationStream[]): Promise<ManyAnswers> {
  const startedAt = performance.now();
  const results = await Promise.all(start().map(({ result }) => result));
  const totalMs = performance.now() - startedAt;
  const { usedBytes, cachedBytes } = engine.kvUsage;
  return {
    tokens: results.map(({ tokens }) => tokens),
    computedTokens: sum(results.map(({ computedTokens }) => computedTokens)),
    filledBytes: usedBytes + cachedBytes,
    copiedBlocks: engine.counters.events.copied,
    totalMs,
  };
}

export const haveSameTokens = (a: ManyAnswers, b: ManyAnswers, count = a.tokens.length): boolean =>
  Array.from({ length: count }, (_, i) => a.tokens[i]!.join() === b.tokens[i]!.join()).every(Boolean);

/** Returns the part of a run that the result stores. */
export const storedRun = ({ tokens, ...run }: ManyAnswers): SharingRun => run;
