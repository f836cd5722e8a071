// One greedy answer of a fixed length, as experiments take it: its tokens, when each came, and its logits if wanted.

import type { KvMemoryUsage } from '../completion/model-info.ts';
import type { RequestOptions } from '../completion/request-options.ts';
import type { Engine } from '../engine/engine.ts';

export interface TimedAnswer {
  readonly tokens: readonly number[];
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** of the cached ones, those that were read from the disk */
  readonly diskTokens: number;
  readonly computedTokens: number;
  /** from the request to its first token */
  readonly ttftMs: number;
  /** between the first token and the last, for each token after the first */
  readonly msPerToken: number;
  readonly totalMs: number;
  /** KV memory when the last token came */
  readonly usage: KvMemoryUsage;
  readonly acceptedTokens: number;
  readonly draftedTokens: number;
}

let salts = 0;

/**
 * @param generate how many tokens; ends of text do not count
 * @param options by default greedy, and under a salt of its own, so that nothing is found computed
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
