import { describe, expect, test } from 'vitest';
import { groupsOf, ONE_GROUP } from '../../tests/support/kv/cache-shapes.ts';
import { BlockCopies } from '../kv/block-copies.ts';
import { createPagedCache } from '../kv/create-cache.ts';
import { Drafts } from './drafts.ts';
import { Sequence } from './sequence.ts';

const REPEATING = [1, 2, 3, 1, 2, 3, 1, 2, 3];

/** A running sequence whose tokens are computed, and guesses for it. */
function worldOf({ prompt = REPEATING, capacity = 30, most = 4 } = {}) {
  const cache = createPagedCache({
    groups: groupsOf(ONE_GROUP, 20),
    blockSize: 4,
    contextLength: 80,
    maxRunning: 2,
  });
  const sequence = new Sequence(0, { prompt, capacity });
  const copies = new BlockCopies(1);
  const kv = cache.createSequence(cache.match(sequence.tokens, ''), copies)!;
  sequence.run(kv);
  const computes = (count: number): void => {
    cache.reserve(kv, kv.computed + count, copies);
  };
  computes(prompt.length);
  cache.commit(kv, sequence.tokens, prompt.length);
  return { drafts: new Drafts(cache, most), sequence, kv, computes };
}

describe('a guess', () => {
  test('is what followed the last tokens before', () => {
    const { drafts, sequence } = worldOf();
    expect(drafts.propose(sequence, 64)).toEqual(Int32Array.of(1, 2, 3));
    sequence.append(1);
    expect(drafts.propose(sequence, 64)).toEqual(Int32Array.of(2, 3, 1));
  });

  test.each([
    ['than are wanted', {}, 2, 2],
    ['than the limit says', { most: 1 }, 64, 1],
    ['than there is room for beside the token that is chosen', { capacity: 12 }, 64, 2],
    ['than none, where none is wanted', {}, 0, 0],
    ['than none, where the rows are taken', {}, -3, 0],
    ['than none, where there is no speculation', { most: 0 }, 64, 0],
    ['than none, where nothing repeats itself', { prompt: [1, 2, 3, 4] }, 64, 0],
  ])('is no longer %s', (_name, world, wanted, length) => {
    const { drafts, sequence } = worldOf(world);
    expect(drafts.propose(sequence, wanted)).toHaveLength(length);
  });

  test('is the same when a part of the text was looked at before', () => {
    const { drafts, sequence } = worldOf();
    drafts.index(sequence, 2);
    drafts.index(sequence, 5);
    expect(drafts.propose(sequence, 2)).toEqual(Int32Array.of(1, 2));
  });

  test('of another sequence with the same id is its own', () => {
    const { drafts, sequence } = worldOf();
    drafts.propose(sequence, 4);
    drafts.forget(sequence);
    expect(drafts.propose(new Sequence(0, { prompt: [1, 2, 3], capacity: 30 }), 4)).toHaveLength(0);
    expect(drafts.propose(sequence, 4)).toHaveLength(3);
  });
});

describe('a check', () => {
  test.each([
    ['none of them right', [7, 8, 9, 9], [7], 0],
    ['some of them right', [1, 7, 9, 9], [1, 7], 1],
    ['all of them right', [1, 2, 3, 9], [1, 2, 3, 9], 3],
  ])('%s', (_name, selected, appended, accepted) => {
    const { drafts, sequence, kv, computes } = worldOf();
    const guesses = drafts.propose(sequence, 3);
    computes(guesses.length);
    drafts.verify(sequence, guesses, Int32Array.from(selected), (row) => {
      sequence.append(selected[row]!);
      return false;
    });
    expect([...sequence.tokens]).toEqual([...REPEATING, ...appended]);
    expect(kv.computed).toBe(REPEATING.length + accepted); // the last one appended is computed by the next step
    expect([sequence.draftedTokens, sequence.acceptedTokens]).toEqual([3, accepted]);
  });

  test('stops where the sequence wants no more, however right the guesses are', () => {
    const { drafts, sequence, kv, computes } = worldOf();
    const guesses = drafts.propose(sequence, 3);
    computes(guesses.length);
    drafts.verify(sequence, guesses, Int32Array.of(1, 2, 3, 9), (row) => {
      sequence.append([1, 2, 3, 9][row]!);
      return row === 1;
    });
    expect([...sequence.tokens]).toEqual([...REPEATING, 1, 2]);
    expect([kv.computed, sequence.acceptedTokens]).toEqual([REPEATING.length + 1, 1]);
  });

  test('without guesses appends one token', () => {
    const { drafts, sequence, kv } = worldOf();
    drafts.verify(sequence, new Int32Array(0), Int32Array.of(5, 6), (row) => {
      sequence.append([5, 6][row]!);
      return false;
    });
    expect([sequence.length, kv.computed]).toEqual([REPEATING.length + 1, REPEATING.length]);
    expect(sequence.draftedTokens).toBe(0);
  });
});
