import { expect, test } from 'vitest';
import type { KvLayout } from '../../base/model/kv-layout.ts';
import { allRunSizes, blocksForRuns, type RunLists } from './run-sizes.ts';

const LISTS: RunLists = { promptTokens: [512], generateTokens: [64], concurrency: [1] };

test('every combination of the lists is a run', () => {
  expect(allRunSizes({ promptTokens: [8, 16], generateTokens: [4], concurrency: [1, 2] })).toEqual([
    { promptTokens: 8, generateTokens: 4, concurrency: 1 },
    { promptTokens: 8, generateTokens: 4, concurrency: 2 },
    { promptTokens: 16, generateTokens: 4, concurrency: 1 },
    { promptTokens: 16, generateTokens: 4, concurrency: 2 },
  ]);
});

const numbersTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

test.each<[string, Partial<RunLists>, RegExp]>([
  ['0', { promptTokens: [0] }, /^promptTokens is 0$/],
  ['a negative number', { generateTokens: [8, -1] }, /^generateTokens is -1$/],
  ['a length that no model has', { promptTokens: [1e9] }, /^promptTokens is 1000000000$/],
  ['too many requests', { concurrency: [1025] }, /^concurrency is 1025$/],
  ['a number that is listed twice', { concurrency: [4, 1, 4] }, /^concurrency lists 4 twice$/],
  ['a long list', { promptTokens: numbersTo(200) }, /^the lists have 200 combinations$/],
  ['many combinations', { promptTokens: numbersTo(9), concurrency: numbersTo(8) }, /72 combinations/],
])('rejects %s', (_name, lists, message) => {
  expect(() => allRunSizes({ ...LISTS, ...lists })).toThrow(
    expect.objectContaining({ code: 'bad_option', message: expect.stringMatching(message) }),
  );
});

test('blocksForRuns counts the blocks of all requests of the largest run, in each layer group', () => {
  const group = { layers: [0], kvHeads: 1, headDim: 8 };
  const layout: KvLayout = {
    groups: [
      { ...group, keeps: 'all' },
      { ...group, keeps: { window: 8 } },
    ],
    ...{ dtype: 'f16', blockSize: 4 },
  };
  const runs = [
    { promptTokens: 30, generateTokens: 10, concurrency: 2 },
    { promptTokens: 10, generateTokens: 6, concurrency: 7 },
  ];
  const limits = { contextLength: 40, stepTokens: 4 };
  // 7 sequences of 4 blocks, and one more for each sequence; with the window, at most (8 + 4) / 4 + 1 blocks
  expect(blocksForRuns(runs, layout, { cache: 'paged', ...limits })).toEqual([7 * 5, 7 * 4]);
  expect(blocksForRuns(runs, layout, { cache: 'contiguous', ...limits })).toEqual([7 * 10, 7 * 10]);
});
