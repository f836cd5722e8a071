// Counts and the cache report as they go over the wire. A prompt that several answers share counts once, as it was
// computed once.

import { z } from 'zod';
import { defined } from '../../../base/defined.ts';
import type { GenerationResult } from '../../../completion/generation.ts';
import { withoutOtherSalts } from '../../../service/cache-salt.ts';

export const usageSchema = z.strictObject({
  prompt_tokens: z.int().describe('cached ones included'),
  completion_tokens: z.int().describe('end tokens included'),
  total_tokens: z.int(),
  prompt_tokens_details: z.strictObject({ cached_tokens: z.int().describe('found computed') }),
});

export const cacheReportSchema = z.strictObject({
  running_tokens: z.int().describe('found in what running requests hold'),
  memory_tokens: z.int().describe('found in memory, of requests that ended'),
  disk_tokens: z.int().describe('found on disk'),
  first_difference: z
    .int()
    .optional()
    .describe('position of the first prompt token that was not found; absent when all but the last were'),
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
    .describe('why not more was found; absent when all there was to find was found'),
});

/** @param prompts the answers to each prompt */
export function usageOf(prompts: readonly (readonly GenerationResult[])[]): z.output<typeof usageSchema> {
  const firsts = prompts.map((answers) => answers[0]!);
  const prompt_tokens = sum(firsts, ({ promptTokens }) => promptTokens);
  const completion_tokens = sum(prompts.flat(), ({ generatedTokens }) => generatedTokens);
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    prompt_tokens_details: { cached_tokens: sum(firsts, ({ cachedTokens }) => cachedTokens) },
  };
}

/** What the cache found for all prompts together, and for one prompt also why not more. */
export function cacheReportOf(
  prompts: readonly (readonly GenerationResult[])[],
): z.output<typeof cacheReportSchema> {
  const reports = prompts.map((answers) => answers[0]!.cache);
  const counts = {
    running_tokens: sum(reports, ({ runningTokens }) => runningTokens),
    memory_tokens: sum(reports, ({ memoryTokens }) => memoryTokens),
    disk_tokens: sum(reports, ({ diskTokens }) => diskTokens),
  };
  if (reports.length > 1) return counts;
  const { firstDifference, miss } = withoutOtherSalts(reports[0]!);
  return {
    ...counts,
    ...defined({ first_difference: firstDifference, miss }),
  };
}

function sum<Item>(items: readonly Item[], count: (item: Item) => number): number {
  return items.reduce((total, item) => total + count(item), 0);
}
