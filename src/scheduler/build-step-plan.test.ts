// Builds step plans from given block tables; a block has 2 tokens.

import { expect, test } from 'vitest';
import { blockId } from '../base/ids.ts';
import { BlockCopies } from '../kv/block-copies.ts';
import type { BlockTable } from '../kv/block-tables.ts';
import { buildStepPlan, type SequenceWork } from './build-step-plan.ts';
import { Sequence } from './sequence.ts';

const tableOf = (first: number, ...ids: number[]): BlockTable => ({
  blocks: Int32Array.from([...new Array<number>(first).fill(0), ...ids, 0, 0]),
  first,
  end: first + ids.length,
});

function runningSequence(id: number, prompt: number[], computed: number, ...tables: BlockTable[]): Sequence {
  const sequence = new Sequence(id, { prompt, capacity: 20 });
  sequence.run({ slot: id, salt: '', tables, computed });
  return sequence;
}

const workOf = (sequence: Sequence, count: number, overrides: Partial<SequenceWork> = {}): SequenceWork => ({
  sequence,
  count,
  drafts: new Int32Array(0),
  forks: [],
  ...overrides,
});

test('the plan concatenates the tokens, positions and block tables of the sequences', () => {
  const first = runningSequence(1, [10, 11, 12], 2, tableOf(0, 7, 8));
  const second = runningSequence(2, [20, 21, 22, 23, 24], 0, tableOf(0, 3, 4, 5));
  const { plan, rows, work } = buildStepPlan([workOf(first, 1), workOf(second, 3)], new BlockCopies(1));
  expect(plan).toEqual({
    tokens: Int32Array.of(12, 20, 21, 22),
    positions: Int32Array.of(2, 0, 1, 2),
    queryStart: Int32Array.of(0, 1, 4),
    contextLength: Int32Array.of(3, 3),
    adapter: Int32Array.of(-1, -1),
    maxBlocks: 3,
    blockTable: [Int32Array.of(7, 8, 0, 3, 4, 5)],
    copies: [new Int32Array(0)],
    logitsRows: Int32Array.of(0),
  });
  expect(rows.map(({ sequence }) => sequence)).toEqual([first]);
  expect(work.map(({ firstRow }) => firstRow)).toEqual([0, undefined]); // the second sequence is not computed completely
});

test('a fork uses the logits of its parent, and each draft has a separate row', () => {
  const parent = runningSequence(1, [10, 11], 0, tableOf(0, 7, 8));
  const fork = new Sequence(2, { prompt: [10, 11], capacity: 20 });
  const drafts = Int32Array.of(12, 13);
  const { plan, rows } = buildStepPlan([workOf(parent, 2, { forks: [fork], drafts })], new BlockCopies(1));
  expect([...plan.tokens]).toEqual([10, 11, 12, 13]);
  expect([...plan.logitsRows]).toEqual([1, 1, 2, 3]);
  expect([...plan.contextLength]).toEqual([4]);
  expect(rows.map(({ sequence, tokens, drafts: count }) => [sequence.id, [...tokens], count])).toEqual([
    [1, [10, 11], 0],
    [2, [10, 11], 0],
    [1, [10, 11, 12], 1],
    [1, [10, 11, 12, 13], 2],
  ]);
});

test('entries of a block table before the window are zero', () => {
  const sequence = runningSequence(1, [1, 2, 3, 4, 5, 6], 5, tableOf(0, 3, 4, 5), tableOf(2, 9));
  const { plan } = buildStepPlan([workOf(sequence, 1)], new BlockCopies(2));
  expect(plan.blockTable).toEqual([Int32Array.of(3, 4, 5), Int32Array.of(0, 0, 9)]);
});

test('the plan contains the pending copies, which are then cleared', () => {
  const copies = new BlockCopies(1);
  copies.add(0, blockId(1), blockId(2));
  const sequence = runningSequence(1, [1], 0, tableOf(0, 2));
  expect(buildStepPlan([workOf(sequence, 1)], copies).plan.copies).toEqual([Int32Array.of(1, 2)]);
  expect(copies.isEmpty).toBe(true);
});
