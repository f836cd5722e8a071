// Layer groups: which blocks a window retains, and which prefixes are usable.

import { expect, test } from 'vitest';
import { checkInvariants } from '../../tests/support/kv/cache-invariants.ts';
import { SimulatedKv, type SimulatedSequence } from '../../tests/support/kv/simulated-kv.ts';
import type { KvKeeps } from '../base/model/kv-layout.ts';
import { BlockCopies } from './block-copies.ts';
import { createPagedCache } from './create-cache.ts';
import { firstRetainedPosition, longestUsablePrefix, maxBlocksOwned } from './window.ts';

const WINDOW = 8;
/** Returns tokens; texts with different seeds have no token in common. */
const textOf = (length: number, seed = 0): number[] =>
  Array.from({ length }, (_, i) => 100 * seed + (i % 97));

const simulate = (retentions: readonly KvKeeps[], blocks: number): SimulatedKv =>
  new SimulatedKv('paged', { blocks, blockSize: 4, contextLength: 400, retentions, stepTokens: 8 });

function compute(simulation: SimulatedKv, prompt: readonly number[], stepTokens = 8): SimulatedSequence {
  const sequence = simulation.start(prompt)!;
  while (sequence.kv.computed < prompt.length) {
    const count = Math.min(stepTokens, prompt.length - sequence.kv.computed);
    expect(simulation.step([{ sequence, count }])).toEqual([]);
  }
  return sequence;
}

const ownedBlocksOf = ({ kv }: SimulatedSequence): number[] => kv.tables.map(({ first, end }) => end - first);

test('a group with a window retains the positions to which the next token attends, and one earlier position', () => {
  expect([0, 7, 8, 9, 20].map((length) => firstRetainedPosition({ window: WINDOW }, length))).toEqual([
    0, 0, 0, 1, 12,
  ]);
  expect(firstRetainedPosition('all', 20)).toBe(0);
  expect(maxBlocksOwned({ window: WINDOW }, 400, 8, 4)).toBe(5);
  expect(maxBlocksOwned({ window: WINDOW }, 6, 8, 4)).toBe(2);
  expect(maxBlocksOwned('all', 400, 8, 4)).toBe(100);
});

test('the usable prefix ends where every group has the blocks that later tokens attend to', () => {
  const missing = new Set(['0 9', '1 3']);
  const hasBlock = (group: number, index: number): boolean => !missing.has(`${group} ${index}`);
  const retentions: KvKeeps[] = ['all', { window: WINDOW }];
  expect(longestUsablePrefix(retentions, 60, 4, hasBlock)).toBe(36); // group 0 has no block 9
  missing.add('1 8');
  expect(longestUsablePrefix(retentions, 60, 4, hasBlock)).toBe(32); // the window contains blocks 6 and 7
  missing.add('1 6');
  expect(longestUsablePrefix(retentions, 60, 4, hasBlock)).toBe(24); // the window contains blocks 4 and 5
  missing.add('1 4');
  expect(longestUsablePrefix(retentions, 60, 4, hasBlock)).toBe(12); // the window contains blocks 1 and 2
  missing.add('1 0');
  expect(longestUsablePrefix(retentions, 60, 4, hasBlock)).toBe(12); // the window does not contain block 0
  expect(longestUsablePrefix(retentions, 8, 4, hasBlock)).toBe(0);
});

test('a sequence owns only the blocks of its window; the earlier blocks are cached', () => {
  const simulation = simulate([{ window: WINDOW }, 'all'], 60);
  const sequence = compute(simulation, textOf(200));
  expect(ownedBlocksOf(sequence)).toEqual([2, 50]);
  const [windowed, all] = simulation.cache.usage();
  expect(windowed).toEqual({ totalTokens: 240, reservedTokens: 8, usedTokens: 8, cachedTokens: 192 });
  expect(all).toEqual({ totalTokens: 240, reservedTokens: 200, usedTokens: 200, cachedTokens: 0 });
});

test('sequences longer than the pool run if all layers have a window', () => {
  const simulation = simulate([{ window: WINDOW }], 10);
  expect(simulation.cache.maxLength).toBe(400);
  const sequences = [compute(simulation, textOf(380, 1)), compute(simulation, textOf(380, 2))];
  expect(sequences.map(ownedBlocksOf)).toEqual([[2], [2]]);
});

test('a prefix is usable if its window is cached, even if its beginning was evicted', () => {
  const simulation = simulate([{ window: WINDOW }], 12);
  simulation.release(compute(simulation, textOf(100)));
  expect(simulation.events.count('evicted')).toBeGreaterThan(10); // the beginning was evicted
  expect(simulation.start([...textOf(100), 7])!.cachedTokens).toBe(100);
});

test('the reason for a miss is window_evicted while the tree still has the nodes of the text, and evicted afterwards', () => {
  const simulation = simulate([{ window: WINDOW }], 12);
  simulation.release(compute(simulation, textOf(100)));
  const shorter = simulation.cache.match(Int32Array.from([...textOf(30), 999]), '');
  expect(shorter.tokens).toBe(0);
  expect(simulation.cache.explain(shorter)).toBe('window_evicted');
  for (const seed of [1, 2]) simulation.release(compute(simulation, textOf(100, seed)));
  const evicted = simulation.cache.match(Int32Array.from([...textOf(100), 7]), '');
  expect(evicted.tokens).toBe(0);
  expect(simulation.cache.explain(evicted)).toBe('evicted');
});

test('a block that is evicted in a group without a window is discarded in the other groups', () => {
  const simulation = simulate(['all', { window: 40 }], 12);
  simulation.release(compute(simulation, textOf(40)));
  simulation.release(compute(simulation, textOf(30, 1)));
  const [all, windowed] = simulation.cache.usage();
  expect(windowed!.cachedTokens).toBe(all!.cachedTokens);
});

test('a sequence that is truncated to a length before its window is computed again from the beginning', () => {
  const simulation = simulate(['all', { window: WINDOW }], 60);
  const sequence = compute(simulation, textOf(102));
  simulation.truncate(sequence, 100); // the window still starts in the first retained block
  expect(sequence.kv.computed).toBe(100);
  simulation.truncate(sequence, 80);
  expect(sequence.kv.computed).toBe(0);
  expect(ownedBlocksOf(sequence)).toEqual([0, 0]);
  expect(simulation.cache.match(Int32Array.from(textOf(102)), '').tokens).toBe(101); // the whole text is still cached
});

test('the tree has enough nodes for texts whose beginnings were evicted', () => {
  const simulation = new SimulatedKv('paged', {
    blocks: 8,
    blockSize: 4,
    contextLength: 400,
    retentions: [{ window: 4 }],
    maxRunning: 2,
    stepTokens: 4,
  });
  for (let seed = 0; seed < 12; seed++) simulation.release(compute(simulation, textOf(390, seed), 4));
  expect(simulation.start([...textOf(390, 11), 1])!.cachedTokens).toBe(390);
});

test('`reserve` fails while no tree node is free, and succeeds after another sequence is released', () => {
  const groups = [{ retention: { window: 4 }, blocks: 40 }];
  const shape = { groups, blockSize: 4, contextLength: 400, maxRunning: 4, stepTokens: 4, maxEmptyNodes: 0 };
  const cache = createPagedCache(shape); // enough nodes for two full contexts, besides the nodes with blocks
  const copies = new BlockCopies(1);
  const texts = [1, 2, 3, 4].map((seed) => Int32Array.from(textOf(399, seed)));
  let running = texts.map((tokens) => ({
    tokens,
    kv: cache.createSequence(cache.match(tokens, ''), copies)!,
  }));
  let preempted = 0;
  for (let length = 4; length < 399; length += 4) {
    for (const { tokens, kv } of running.slice()) {
      while (running.some((sequence) => sequence.kv === kv) && !cache.reserve(kv, length, copies)) {
        cache.release(running.at(-1)!.kv);
        running = running.slice(0, -1);
        preempted++;
      }
      if (running.some((sequence) => sequence.kv === kv)) cache.commit(kv, tokens, length);
      checkInvariants(cache);
    }
  }
  expect([running.length, preempted]).toEqual([2, 2]);
  expect(running.map(({ kv }) => kv.computed)).toEqual([396, 396]);
});
