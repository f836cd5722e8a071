import { expect, test } from 'vitest';
import { TinyModel } from '../../tests/support/models/tiny-model.ts';
import { kvBlockBytes } from '../base/model/kv-layout.ts';
import { BlockCopies } from '../kv/block-copies.ts';
import { createCache } from '../kv/create-cache.ts';
import { countWork, kvBytesRead } from '../program/work.ts';
import { attentionLayers, attentionOpsAt } from './attention-layers.ts';
import {
  attentionOps,
  contiguousWaste,
  kvBytesOf,
  kvBytesPerToken,
  maxPagedWaste,
  opsPerToken,
} from './formulas.ts';

const { config, program } = new TinyModel('llama', 'F16');
const { layers, heads, kvHeads, headDim } = config;
const layout = { groups: program.kvGroups, dtype: 'f16' as const, blockSize: 16 };
const work = countWork(program, layout);
const network = { linearOps: work.opsPerToken, headOps: work.opsPerRow, layers, heads, headDim };

test('kvBytesPerToken equals the KV memory of a token', () => {
  const bytes = kvBytesPerToken({ layers, kvHeads, headDim, elementBytes: 2 });
  expect(bytes).toBe(2 * 2 * 2 * 8 * 2);
  expect(bytes).toBe(work.kvBytesPerToken);
  expect(bytes * layout.blockSize).toBe(kvBlockBytes(layout, layout.groups[0]!));
});

test('kvBytesOf counts only the window of sliding-window layers', () => {
  const fullGroup = { layers: [0], kvHeads, headDim, keeps: 'all' as const };
  const windowGroup = { layers: [1], kvHeads, headDim, keeps: { window: 6 } };
  const groups = [fullGroup, windowGroup];
  const measured = countWork({ ...program, kvGroups: groups }, { ...layout, groups });
  const oneLayer = { layers: 1, kvHeads, headDim, elementBytes: 2 };
  for (const context of [1, 6, 7, 100]) {
    const bytes = kvBytesOf([oneLayer, { ...oneLayer, window: 6 }], context);
    expect(bytes).toBe(kvBytesRead(measured, context));
    expect(bytes).toBe(kvBytesPerToken(oneLayer) * (context + Math.min(context, 6)));
  }
});

test('attentionOps counts the attention operations of a program', () => {
  expect(attentionLayers(program)).toEqual([{ heads, kvHeads, headDim, window: undefined, layers: [0, 1] }]);
  expect(attentionOpsAt(program, 10)).toBe(attentionOps({ layers, heads, headDim, context: 10 }));
  // Each of 2 layers and 4 heads: 10 scores of 8 products, and 8 sums of 10 products.
  expect(attentionOpsAt(program, 10)).toBe(2 * 4 * (10 * 8 * 2 + 8 * 10 * 2));
});

test('attentionOpsAt counts at most the window of a sliding-window layer', () => {
  const sliding = {
    ...program,
    operations: program.operations.map((operation) =>
      operation.kind === 'attention' && operation.attention.layerInGroup === 1
        ? { ...operation, attention: { ...operation.attention, window: 4 } }
        : operation,
    ),
  };
  const oneLayer = { layers: 1, heads, headDim };
  expect(attentionLayers(sliding).map(({ layers: numbers, window }) => [numbers, window])).toEqual([
    [[0], undefined],
    [[1], 4],
  ]);
  expect(attentionOpsAt(sliding, 10)).toBe(
    attentionOps({ ...oneLayer, context: 10 }) + attentionOps({ ...oneLayer, context: 4 }),
  );
});

test('opsPerToken without a cache is the sum over all tokens, with the output head counted once', () => {
  const context = 12;
  const opsOfTokens = Array.from({ length: context }, (_, i) =>
    opsPerToken(network, { context: i + 1, cache: true }),
  );
  const total = opsOfTokens.reduce((sum, ops) => sum + ops, 0);
  expect(opsPerToken(network, { context, cache: false })).toBe(total - (context - 1) * work.opsPerRow);
  expect(opsPerToken(network, { context: 1, cache: false })).toBe(
    opsPerToken(network, { context: 1, cache: true }),
  );
});

test('a paged cache wastes at most maxPagedWaste tokens, and a contiguous cache wastes exactly contiguousWaste tokens', () => {
  const groups = [{ retention: 'all' as const, blocks: 8 }];
  const shape = { groups, blockSize: 16, contextLength: 64, maxRunning: 1 };
  for (let length = 1; length <= 64; length++) {
    const tokens = Int32Array.from({ length }, (_, i) => i);
    const wasted = (policy: 'paged' | 'contiguous'): number => {
      const cache = createCache(policy, shape);
      const copies = new BlockCopies(1);
      const sequence = cache.createSequence(cache.match(tokens, ''), copies)!;
      expect(cache.reserve(sequence, length, copies)).toBe(true);
      cache.commit(sequence, tokens, length);
      const { reservedTokens, usedTokens } = cache.usage()[0]!;
      return reservedTokens - usedTokens;
    };
    expect(wasted('paged')).toBeLessThanOrEqual(maxPagedWaste(shape));
    expect(wasted('contiguous')).toBe(contiguousWaste({ ...shape, used: length }));
  }
});
