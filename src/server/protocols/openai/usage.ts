// The token counts and the cache report of a response. A prompt that several choices share is computed once, so it is counted
// once.

import { z } from 'zod';
import { omitUndefined } from '../../../base/omit-undefined.ts';
import type { GenerationResult } from '../../../completion/generation.ts';
import { withoutOtherSalts } from '../../../service/cache-salt.ts';

export const usageSchema = z.strictObject({
  prompt_tokens: z.int().describe('including cached tokens'),
  completion_tokens: z.int().describe('including end tokens'),
  total_tokens: z.int(),
  prompt_tokens_details: z.strictObject({
    cached_tokens: z.int().describe('prompt tokens found in the cache'),
  }),
});

export const cacheReportSchema = z.strictObject({
  running_tokens: z.int().describe('tokens found in blocks of running requests'),
  memory_tokens: z.int().describe('tokens found in cached blocks in memory'),
  disk_tokens: z.int().describe('tokens found on disk'),
  first_difference: z
    .int()
    .optional()
    .describe(
      'position of the first prompt token that was not found; absent when all but the last token were found',
    ),
  miss: z
    .enum([
      'history_edited',
      'template_rewrote',
      'evicted',
      'window_evicted',
      'nothing_in_common',
      'cache_off',
    ])
    .optional()
    .describe('why no more tokens were found; absent when every token that can be cached was found'),
});

/** @param prompts for each prompt, the results of its choices */
export function usageOf(prompts: readonly (readonly GenerationResult[])[]): z.output<typeof usageSchema> {
  const firstResults = prompts.map((results) => results[0]!);
  const prompt_tokens = sum(firstResults, ({ promptTokens }) => promptTokens);
  const completion_tokens = sum(prompts.flat(), ({ generatedTokens }) => generatedTokens);
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    prompt_tokens_details: { cached_tokens: sum(firstResults, ({ cachedTokens }) => cachedTokens) },
  };
}

/** Returns the sums of the cached tokens of all prompts, and for a single prompt the reason why no more tokens were found. */
export function cacheReportOf(
  prompts: readonly (readonly GenerationResult[])[],
): z.output<typeof cacheReportSchema> {
  const reports = prompts.map((results) => results[0]!.cache);
  const counts = {
    running_tokens: sum(reports, ({ runningTokens }) => runningTokens),
    memory_tokens: sum(reports, ({ memoryTokens }) => memoryTokens),
    disk_tokens: sum(reports, ({ diskTokens }) => diskTokens),
  };
  if (reports.length > 1) return counts;
  const { firstDifference, miss } = withoutOtherSalts(reports[0]!);
  return {
    ...counts,
    ...omitUndefined({ first_difference: firstDifference, miss }),
  };
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
