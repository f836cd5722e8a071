// Generates one answer of a fixed length, and measures its times.

import type { KvMemoryUsage } from '../completion/model-info.ts';
import type { RequestOptions } from '../completion/request-options.ts';
import type { Engine } from '../engine/engine.ts';

export interface TimedAnswer {
  readonly tokens: readonly number[];
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** cached tokens that were read from disk */
  readonly diskTokens: number;
  readonly computedTokens: number;
  /** time from the request to the first token */
  readonly ttftMs: number;
  /** mean time per token after the first token */
  readonly msPerToken: number;
  readonly totalMs: number;
  /** KV memory when the last token was generated */
  readonly usage: KvMemoryUsage;
  readonly acceptedTokens: number;
  readonly draftedTokens: number;
}

let saltCount = 0;

/**
 * Generates exactly `answerTokens` tokens, even if the model generates an end-of-text token.
 * @param options by default greedy sampling, and a unique cache salt, so that nothing is cached
 */
export async function generateTimedAnswer(
  engine: Engine,
  prompt: readonly number[],
  answerTokens: number,
  options: RequestOptions = {},
): Promise<TimedAnswer> {
  const startedAt = performance.now();
  const times: number[] = [];
  let usage = engine.kvUsage;
  const stream = engine.completeTokens(prompt, {
    temperature: 0,
    maxTokens: answerTokens,
    minTokens: answerTokens,
    cacheSalt: `lab ${saltCount++}`,
    ...options,
    onToken: () => {
      times.push(performance.now() - startedAt);
      usage = engine.kvUsage;
    },
  });
  const result = await stream.result;
  const firstMs = times[0] ?? Number.NaN;
  const lastMs = times.at(-1) ?? Number.NaN;
  return {
    tokens: result.tokens,
    promptTokens: result.promptTokens,
    cachedTokens: result.cachedTokens,
    diskTokens: result.cache.diskTokens,
    computedTokens: result.computedTokens,
    ttftMs: firstMs,
    msPerToken: (lastMs - firstMs) / Math.max(1, times.length - 1),
    totalMs: lastMs,
    usage,
    acceptedTokens: result.acceptedTokens ?? 0,
    draftedTokens: result.draftedTokens ?? 0,
  };
}
