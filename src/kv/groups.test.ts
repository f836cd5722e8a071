// Groups of layers: what a window holds and releases, and how far a prefix counts.

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

const worldOf = (keeps: readonly KvKeeps[], blocks: number): SimulatedKv =>
  new SimulatedKv('paged', { blocks, blockSize: 4, contextLength: 400, keeps, stepTokens: 8 });

function compute(world: SimulatedKv, prompt: readonly number[], stepTokens = 8): SimulatedSequence {
  const sequence = world.start(prompt)!;
  while (sequence.kv.computed < prompt.length) {
    const count = Math.min(stepTokens, prompt.length - sequence.kv.computed);
    expect(world.step([{ sequence, count }])).toEqual([]);
  }
  return sequence;
}

const heldBy = ({ kv }: SimulatedSequence): number[] => kv.tables.map(({ first, end }) => end - first);

test('a window holds the block of each position that the next token attends to, and one before', () => {
  expect([0, 7, 8, 9, 20].map((length) => firstRetained({ window: WINDOW }, length))).toEqual([
    0, 0, 0, 1, 12,
  ]);
  expect(firstRetained('all', 20)).toBe(0);
  expect(maxBlocksHeld({ window: WINDOW }, 400, 8, 4)).toBe(5);
  expect(maxBlocksHeld({ window: WINDOW }, 6, 8, 4)).toBe(2);
  expect(maxBlocksHeld('all', 400, 8, 4)).toBe(100);
});

test('the longest prefix is one that every group can go on from', () => {
  const missing = new Set(['0 9', '1 3']);
  const holds = (group: number, index: number): boolean => !missing.has(`${group} ${index}`);
  const keeps: KvKeeps[] = ['all', { window: WINDOW }];
  expect(longestUsablePrefix(keeps, 60, 4, holds)).toBe(36); // up to the block that group 0 lacks
  missing.add('1 8');
  expect(longestUsablePrefix(keeps, 60, 4, holds)).toBe(32); // its window is blocks 6 and 7
  missing.add('1 6');
  expect(longestUsablePrefix(keeps, 60, 4, holds)).toBe(24); // and here 4 and 5
  missing.add('1 4');
  expect(longestUsablePrefix(keeps, 60, 4, holds)).toBe(12); // nothing from 3 on: the beginning, as far as it goes
  missing.add('1 0');
  expect(longestUsablePrefix(keeps, 60, 4, holds)).toBe(12); // its window does not reach back to block 0
  expect(longestUsablePrefix(keeps, 8, 4, holds)).toBe(0);
});

test('of a window a sequence holds what later tokens attend to, and the rest is not used', () => {
  const world = worldOf([{ window: WINDOW }, 'all'], 60);
  const sequence = compute(world, text(200));
  expect(heldBy(sequence)).toEqual([2, 50]);
  const [windowed, whole] = world.cache.usage();
  expect(windowed).toEqual({ totalTokens: 240, reservedTokens: 8, usedTokens: 8, cachedTokens: 192 });
  expect(whole).toEqual({ totalTokens: 240, reservedTokens: 200, usedTokens: 200, cachedTokens: 0 });
});

test('sequences far longer than a pool run where all layers slide', () => {
  const world = worldOf([{ window: WINDOW }], 10);
  expect(world.cache.maxLength).toBe(400);
  const both = [compute(world, text(380, 1)), compute(world, text(380, 2))];
  expect(both.map(heldBy)).toEqual([[2], [2]]);
});

test('a prefix counts when its window is still cached, whatever came before it', () => {
  const world = worldOf([{ window: WINDOW }], 12);
  world.release(compute(world, text(100)));
  expect(world.events.count('evicted')).toBeGreaterThan(10); // the beginning is gone
  expect(world.start([...text(100), 7])!.cachedTokens).toBe(100);
});

test('where the window is gone and the text is known, that is what the report says', () => {
  const world = worldOf([{ window: WINDOW }], 12);
  world.release(compute(world, text(100)));
  const shorter = world.cache.match(Int32Array.from([...text(30), 999]), '');
  expect(shorter.tokens).toBe(0);
  expect(world.cache.explain(shorter)).toBe('window_evicted');
  for (const letter of [1, 2]) world.release(compute(world, text(100, letter)));
  const gone = world.cache.match(Int32Array.from([...text(100), 7]), '');
  expect(gone.tokens).toBe(0);
  expect(world.cache.explain(gone)).toBe('evicted');
});

test('what a group that keeps all has lost is not kept by the others', () => {
  const world = worldOf(['all', { window: 40 }], 12);
  world.release(compute(world, text(40)));
  world.release(compute(world, text(30, 1)));
  const [all, windowed] = world.cache.usage();
  expect(windowed!.cachedTokens).toBe(all!.cachedTokens);
});

test('a sequence that goes back behind its window begins again', () => {
  const world = worldOf(['all', { window: WINDOW }], 60);
  const sequence = compute(world, text(102));
  world.truncate(sequence, 100); // its window still begins in the first block that is held
  expect(sequence.kv.computed).toBe(100);
  world.truncate(sequence, 80);
  expect(sequence.kv.computed).toBe(0);
  expect(heldBy(sequence)).toEqual([0, 0]);
  expect(world.cache.match(Int32Array.from(text(102)), '').tokens).toBe(101); // all of it is still cached
});

test('there are nodes enough for texts whose beginnings were evicted', () => {
  const world = new SimulatedKv('paged', {
    blocks: 8,
    blockSize: 4,
    contextLength: 400,
    keeps: [{ window: 4 }],
    maxRunning: 2,
    stepTokens: 4,
  });
  for (let letter = 0; letter < 12; letter++) world.release(compute(world, text(390, letter), 4));
  expect(world.start([...text(390, 11), 1])!.cachedTokens).toBe(390);
});

test('a sequence without nodes for its tokens is refused blocks, until another gives some back', () => {
  const groups = [{ keeps: { window: 4 }, blocks: 40 }];
  const shape = { groups, blockSize: 4, contextLength: 400, maxRunning: 4, stepTokens: 4, maxEmptyNodes: 0 };
  const cache = createPagedCache(shape); // nodes for two whole contexts beside those that have blocks
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
