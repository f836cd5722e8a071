// One answer of a fixed length, greedy by default: its tokens, and when each was generated.

import type { KvMemoryUsage } from '../completion/model-info.ts';
import type { RequestOptions } from '../completion/request-options.ts';
import type { Engine } from '../engine/engine.ts';

export interface TimedAnswer {
  readonly tokens: readonly number[];
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** of the cached tokens, those that were read from disk */
  readonly diskTokens: number;
  readonly computedTokens: number;
  /** from the request to the first token */
  readonly ttftMs: number;
  /** time per token, for the tokens after the first */
  readonly msPerToken: number;
  readonly totalMs: number;
  /** KV memory when the last token was generated */
  readonly usage: KvMemoryUsage;
  readonly acceptedTokens: number;
  readonly draftedTokens: number;
}

let salts = 0;

/**
 * Generates exactly `generate` tokens, past any end of text.
 * @param options greedy by default, and with a unique salt, so that nothing is cached
 */
export async function timedAnswer(
  engine: Engine,
  prompt: readonly number[],
  generate: number,
  options: RequestOptions = {},
): Promise<TimedAnswer> {
  const started = performance.now();
  const times: number[] = [];
  let usage = engine.kvUsage;
  const stream = engine.completeTokens(prompt, {
    temperature: 0,
    maxTokens: generate,
    minTokens: generate,
    cacheSalt: `lab ${salts++}`,
    ...options,
    onToken: () => {
      times.push(performance.now() - started);
      usage = engine.kvUsage;
    },
  });
  const result = await stream.result;
  const first = times[0] ?? Number.NaN;
  const last = times.at(-1) ?? Number.NaN;
  return {
    tokens: result.tokens,
    promptTokens: result.promptTokens,
    cachedTokens: result.cachedTokens,
    diskTokens: result.cache.diskTokens,
    computedTokens: result.computedTokens,
    ttftMs: first,
    msPerToken: (last - first) / Math.max(1, times.length - 1),
    totalMs: last,
    usage,
    acceptedTokens: result.acceptedTokens ?? 0,
    draftedTokens: result.draftedTokens ?? 0,
  };
}
