import { expect, test } from 'vitest';
import type { CacheReport } from '../../../completion/cache-report.ts';
import type { GenerationResult } from '../../../completion/generation.ts';
import { cacheReportOf, usageOf } from './usage.ts';

const result = (
  promptTokens: number,
  cachedTokens: number,
  cache: Partial<CacheReport> = {},
): GenerationResult => ({
  text: '',
  tokens: [],
  promptTokens,
  cachedTokens,
  computedTokens: 0,
  cache: { runningTokens: 0, memoryTokens: cachedTokens, diskTokens: 0, ...cache },
  generatedTokens: 3,
  finishReason: 'stop',
  seed: 0,
  ttftMs: 0,
  decodeTokensPerSecond: 0,
  backend: 'reference',
});

test('usageOf counts the common prompt of several choices only once', () => {
  expect(usageOf([[result(10, 4), result(10, 9)], [result(5, 0)]])).toEqual({
    prompt_tokens: 15,
    completion_tokens: 9,
    total_tokens: 24,
    prompt_tokens_details: { cached_tokens: 4 },
  });
});

test('cacheReportOf returns counts and a reason for one prompt, and only counts for several prompts', () => {
  const choices = [result(10, 4, { firstDifference: 4, miss: 'history_edited' })];
  const counts = { running_tokens: 0, memory_tokens: 4, disk_tokens: 0 };
  expect(cacheReportOf([choices])).toEqual({ ...counts, first_difference: 4, miss: 'history_edited' });
  expect(cacheReportOf([choices, choices])).toEqual({ ...counts, memory_tokens: 8 });
});

test('cacheReportOf reports a prefix under another salt as no common prefix', () => {
  const prompts = [[result(10, 0, { miss: 'different_salt' })]];
  expect(cacheReportOf(prompts).miss).toBe('nothing_in_common');
});
