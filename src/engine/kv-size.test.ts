import { describe, expect, test } from 'vitest';
import { TinyModel } from '../../tests/support/models/tiny-model.ts';
import type { KvGroup } from '../base/model/kv-layout.ts';
import { type KvSizeOptions, kvSize } from './kv-size.ts';

const { config, program } = new TinyModel('llama', 'F32');
const TOKEN_BYTES = 2 * 2 * 2 * 8 * 4; // layers, key and value, heads, elements, bytes of f32
const defaultModelSize = (options: KvSizeOptions, contextLength = config.contextLength) =>
  kvSize({ ...config, contextLength }, program, options, 4 * 2 ** 30);

test('kvSize returns 16 full contexts in blocks of 16 tokens by default', () => {
  expect(defaultModelSize({})).toMatchObject({
    contextLength: 40,
    blocks: [16 * 3],
    bytes: 48 * 16 * TOKEN_BYTES,
  });
});

test('the default context is the longest context that fits in a quarter of the free memory', () => {
  const { contextLength, bytes } = defaultModelSize({}, 2 ** 30);
  expect(contextLength).toBe(2 ** 30 / TOKEN_BYTES);
  expect(bytes).toBe(2 ** 30);
});

test('the context is at most 2^24 tokens, even if the config specifies more', () => {
  const maxContext = 2 ** 24;
  const kvMemory = maxContext * TOKEN_BYTES;
  expect(kvSize({ ...config, contextLength: 2 ** 31 - 1 }, program, {}, 8 * kvMemory)).toMatchObject({
    contextLength: maxContext,
  });
  expect(defaultModelSize({ kvMemory }, 2 ** 31 - 1)).toMatchObject({ contextLength: maxContext });
  expect(() => defaultModelSize({ kvMemory, context: maxContext + 1 }, 2 ** 31 - 1)).toThrow(
    /context is 16777217/,
  );
});

test('kvSize fills kvMemory with whole blocks', () => {
  const kvMemory = 100 * 4 * TOKEN_BYTES + 5;
  expect(defaultModelSize({ kvMemory, blockSize: 4, context: 30 })).toMatchObject({
    blocks: [100],
    contextLength: 30,
  });
});

test.each([
  ['the model’s context', {}, 40],
  ['a requested context', { context: 30 }, 30],
])(
  'kvSize rejects memory that is too small for %s, and the error states the numbers',
  (_name, options, context) => {
    const kvMemory = 16 * TOKEN_BYTES;
    expect(() => defaultModelSize({ ...options, kvMemory })).toThrow(
      expect.objectContaining({
        code: 'kv_memory_too_small',
        message: expect.stringMatching(new RegExp(`\\b${kvMemory}\\b.*\\b16\\b.*\\b${context}\\b`)),
        hint: expect.stringContaining(String(Math.ceil(context / 16) * 16 * TOKEN_BYTES)),
      }),
    );
  },
);

test.each<[keyof KvSizeOptions, number]>([
  ['context', 1],
  ['context', 41],
  ['context', 2.5],
  ['blockSize', 0],
  ['blockSize', 1025],
  ['kvMemory', Number.NaN],
  ['kvMemory', -1],
])('kvSize rejects %s %d', (name, value) => {
  expect(() => defaultModelSize({ [name]: value })).toThrow(
    expect.objectContaining({ code: 'bad_option', message: expect.stringContaining(name) }),
  );
});

describe('kvSize with sliding-window layers', () => {
  const [fullGroup, windowGroup] = [
    { layers: [0], kvHeads: 2, headDim: 8, keeps: 'all' as const },
    { layers: [1], kvHeads: 2, headDim: 8, keeps: { window: 64 } },
  ];
  const GROUP_TOKEN_BYTES = TOKEN_BYTES / 2;
  const sizeOf = (groups: readonly KvGroup[], options: KvSizeOptions, contextLength = 1024) =>
    kvSize({ ...config, contextLength }, { ...program, kvGroups: groups }, options, 4 * 2 ** 30);
  const stepTokens = 32;
  // Minimum blocks for a window: its 64 tokens and the tokens of a step, plus one block because a window may start inside a block.
  const MIN_WINDOW_BLOCKS = (64 + 32) / 16 + 1;

  test('sliding-window layers need only the blocks of the window for one context', () => {
    const kvMemory = (1024 + 16 * MIN_WINDOW_BLOCKS) * GROUP_TOKEN_BYTES;
    expect(sizeOf([fullGroup, windowGroup], { kvMemory, stepTokens }).blocks).toEqual([
      64,
      MIN_WINDOW_BLOCKS,
    ]);
    expect(() => sizeOf([fullGroup, windowGroup], { kvMemory: kvMemory - 1, stepTokens })).toThrow(
      expect.objectContaining({
        code: 'kv_memory_too_small',
        hint: expect.stringContaining(String(kvMemory)),
      }),
    );
  });

  test('memory beyond one context is divided among the groups in the ratio that texts of half the context length need', () => {
    const kvMemory = 10 * 2 ** 20;
    const { blocks, bytes } = sizeOf([fullGroup, windowGroup], { kvMemory, stepTokens });
    expect(blocks[0]! / blocks[1]!).toBeCloseTo(512 / 16 / MIN_WINDOW_BLOCKS, 1);
    expect(bytes).toBeGreaterThan(0.99 * kvMemory);
    expect(bytes).toBeLessThanOrEqual(kvMemory);
  });

  test('the cache policies contiguous and none reserve full contexts in all groups', () => {
    const kvMemory = 2 * 1024 * GROUP_TOKEN_BYTES;
    for (const cache of ['contiguous', 'none'] as const)
      expect(sizeOf([fullGroup, windowGroup], { kvMemory, stepTokens, cache }).blocks).toEqual([64, 64]);
  });

  test('seven contexts, each 8 windows long, fit into the memory of one full context', () => {
    const slidingGroup = { ...windowGroup, layers: [0, 1], keeps: { window: 4096 } };
    const kvMemory = 32_768 * TOKEN_BYTES;
    const { blocks } = sizeOf([slidingGroup], { kvMemory }, 32_768);
    expect(blocks).toEqual([2048]);
    expect(Math.floor(blocks[0]! / ((4096 + 256) / 16 + 1))).toBe(7);
  });

  test('the default context is the longest context that fits', () => {
    const contextOf = (groups: readonly KvGroup[]) => sizeOf(groups, { stepTokens }, 2 ** 24).contextLength;
    const quarter = 2 ** 30; // of the free memory
    expect(contextOf([fullGroup])).toBe(
      2 ** 24 > quarter / GROUP_TOKEN_BYTES ? quarter / GROUP_TOKEN_BYTES : 2 ** 24,
    );
    expect(contextOf([windowGroup])).toBe(2 ** 24);
  });
});
