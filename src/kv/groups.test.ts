// Groups of layers: which blocks a window retains, and which prefixes are usable.

import { expect, test } from 'vitest';
import { checkInvariants } from '../../tests/support/kv/cache-invariants.ts';
import { SimulatedKv, type SimulatedSequence } from '../../tests/support/kv/simulated-kv.ts';
import type { KvKeeps } from '../base/model/kv-layout.ts';
import { BlockCopies } from './block-copies.ts';
import { createPagedCache } from './create-cache.ts';
import { firstRetained, longestUsablePrefix, maxBlocksHeld } from './window.ts';

const WINDOW = 8;
const text = (length: number, letter = 0): number[] =>
  Array.from({ length }, (_, i) => 100 * letter + (i % 97));

const simulate = (keeps: readonly KvKeeps[], blocks: number): SimulatedKv =>
  new SimulatedKv('paged', { blocks, blockSize: 4, contextLength: 400, keeps, stepTokens: 8 });

function compute(simulation: SimulatedKv, prompt: readonly number[], stepTokens = 8): SimulatedSequence {
  const sequence = simulation.start(prompt)!;
  while (sequence.kv.computed < prompt.length) {
    const count = Math.min(stepTokens, prompt.length - sequence.kv.computed);
    expect(simulation.step([{ sequence, count }])).toEqual([]);
  }
  return sequence;
}

const heldBy = ({ kv }: SimulatedSequence): number[] => kv.tables.map(({ first, end }) => end - first);

test('a window retains the positions to which the next token attends, and one before', () => {
  expect([0, 7, 8, 9, 20].map((length) => firstRetained({ window: WINDOW }, length))).toEqual([
    0, 0, 0, 1, 12,
  ]);
  expect(firstRetained('all', 20)).toBe(0);
  expect(maxBlocksHeld({ window: WINDOW }, 400, 8, 4)).toBe(5);
  expect(maxBlocksHeld({ window: WINDOW }, 6, 8, 4)).toBe(2);
  expect(maxBlocksHeld('all', 400, 8, 4)).toBe(100);
});

test('the longest usable prefix is one that every group can continue', () => {
  const missing = new Set(['0 9', '1 3']);
  const holds = (group: number, index: number): boolean => !missing.has(`${group} ${index}`);
  const keeps: KvKeeps[] = ['all', { window: WINDOW }];
  expect(longestUsablePrefix(keeps, 60, 4, holds)).toBe(36); // up to the block that group 0 lacks
  missing.add('1 8');
  expect(longestUsablePrefix(keeps, 60, 4, holds)).toBe(32); // the window is blocks 6 and 7
  missing.add('1 6');
  expect(longestUsablePrefix(keeps, 60, 4, holds)).toBe(24); // the window is blocks 4 and 5
  missing.add('1 4');
  expect(longestUsablePrefix(keeps, 60, 4, holds)).toBe(12); // only the blocks before block 3 are left
  missing.add('1 0');
  expect(longestUsablePrefix(keeps, 60, 4, holds)).toBe(12); // the window does not include block 0
  expect(longestUsablePrefix(keeps, 8, 4, holds)).toBe(0);
});

test('a sequence owns only the blocks of its window; earlier ones are cached', () => {
  const simulation = simulate([{ window: WINDOW }, 'all'], 60);
  const sequence = compute(simulation, text(200));
  expect(heldBy(sequence)).toEqual([2, 50]);
  const [windowed, whole] = simulation.cache.usage();
  expect(windowed).toEqual({ totalTokens: 240, reservedTokens: 8, usedTokens: 8, cachedTokens: 192 });
  expect(whole).toEqual({ totalTokens: 240, reservedTokens: 200, usedTokens: 200, cachedTokens: 0 });
});

test('sequences longer than the pool run if all layers have a window', () => {
  const simulation = simulate([{ window: WINDOW }], 10);
  expect(simulation.cache.maxLength).toBe(400);
  const both = [compute(simulation, text(380, 1)), compute(simulation, text(380, 2))];
  expect(both.map(heldBy)).toEqual([[2], [2]]);
});

test('a prefix is usable if its window is cached, even if its beginning was evicted', () => {
  const simulation = simulate([{ window: WINDOW }], 12);
  simulation.release(compute(simulation, text(100)));
  expect(simulation.events.count('evicted')).toBeGreaterThan(10); // the beginning was evicted
  expect(simulation.start([...text(100), 7])!.cachedTokens).toBe(100);
});

test('the report says window_evicted while later text is cached, and evicted otherwise', () => {
  const simulation = simulate([{ window: WINDOW }], 12);
  simulation.release(compute(simulation, text(100)));
  const shorter = simulation.cache.match(Int32Array.from([...text(30), 999]), '');
  expect(shorter.tokens).toBe(0);
  expect(simulation.cache.explain(shorter)).toBe('window_evicted');
  for (const letter of [1, 2]) simulation.release(compute(simulation, text(100, letter)));
  const gone = simulation.cache.match(Int32Array.from([...text(100), 7]), '');
  expect(gone.tokens).toBe(0);
  expect(simulation.cache.explain(gone)).toBe('evicted');
});

test('blocks evicted from a group that keeps all positions are dropped by the other groups', () => {
  const simulation = simulate(['all', { window: 40 }], 12);
  simulation.release(compute(simulation, text(40)));
  simulation.release(compute(simulation, text(30, 1)));
  const [all, windowed] = simulation.cache.usage();
  expect(windowed!.cachedTokens).toBe(all!.cachedTokens);
});

test('a sequence truncated to before its window is computed from the beginning', () => {
  const simulation = simulate(['all', { window: WINDOW }], 60);
  const sequence = compute(simulation, text(102));
  simulation.truncate(sequence, 100); // the window still starts in the first retained block
  expect(sequence.kv.computed).toBe(100);
  simulation.truncate(sequence, 80);
  expect(sequence.kv.computed).toBe(0);
  expect(heldBy(sequence)).toEqual([0, 0]);
  expect(simulation.cache.match(Int32Array.from(text(102)), '').tokens).toBe(101); // all of it is still cached
});

test('the tree has enough nodes for texts whose beginnings were evicted', () => {
  const simulation = new SimulatedKv('paged', {
    blocks: 8,
    blockSize: 4,
    contextLength: 400,
    keeps: [{ window: 4 }],
    maxRunning: 2,
    stepTokens: 4,
  });
  for (let letter = 0; letter < 12; letter++) simulation.release(compute(simulation, text(390, letter), 4));
  expect(simulation.start([...text(390, 11), 1])!.cachedTokens).toBe(390);
});

test('reserve fails when no tree nodes are free, until another sequence is released', () => {
  const groups = [{ keeps: { window: 4 }, blocks: 40 }];
  const shape = { groups, blockSize: 4, contextLength: 400, maxRunning: 4, stepTokens: 4, maxEmptyNodes: 0 };
  const cache = createPagedCache(shape); // nodes for two full contexts in addition to those with blocks
  const copies = new BlockCopies(1);
  const texts = [1, 2, 3, 4].map((letter) => Int32Array.from(text(399, letter)));
  let running = texts.map((tokens) => ({
    tokens,
    kv: cache.createSequence(cache.match(tokens, ''), copies)!,
  }));
  let preempted = 0;
  for (let length = 4; length < 399; length += 4) {
    for (const { tokens, kv } of running.slice()) {
      while (running.some((one) => one.kv === kv) && !cache.reserve(kv, length, copies)) {
        cache.release(running.at(-1)!.kv);
        running = running.slice(0, -1);
        preempted++;
      }
      if (running.some((one) => one.kv === kv)) cache.commit(kv, tokens, length);
      checkInvariants(cache);
    }
  }
  expect([running.length, preempted]).toEqual([2, 2]);
  expect(running.map(({ kv }) => kv.computed)).toEqual([396, 396]);
});
