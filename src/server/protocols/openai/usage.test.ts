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

test('a prompt that several choices share is counted once', () => {
  expect(usageOf([[result(10, 4), result(10, 9)], [result(5, 0)]])).toEqual({
    prompt_tokens: 15,
    completion_tokens: 9,
    total_tokens: 24,
    prompt_tokens_details: { cached_tokens: 4 },
  });
});

test('the cache report states a reason for one prompt, and only counts for several', () => {
  const one = [result(10, 4, { firstDifference: 4, miss: 'history_edited' })];
  const counts = { running_tokens: 0, memory_tokens: 4, disk_tokens: 0 };
  expect(cacheReportOf([one])).toEqual({ ...counts, first_difference: 4, miss: 'history_edited' });
  expect(cacheReportOf([one, one])).toEqual({ ...counts, memory_tokens: 8 });
});

test('a prefix under another salt is reported as no common prefix', () => {
  const one = [[result(10, 0, { miss: 'different_salt' })]];
  expect(cacheReportOf(one).miss).toBe('nothing_in_common');
});
