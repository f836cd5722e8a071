import { describe, expect, test } from 'vitest';
import { groupsOf, ONE_GROUP } from '../../tests/support/kv/cache-shapes.ts';
import { BlockCopies } from '../kv/block-copies.ts';
import { createPagedCache } from '../kv/create-cache.ts';
import { Drafts } from './drafts.ts';
import { Sequence } from './sequence.ts';

const REPEATING = [1, 2, 3, 1, 2, 3, 1, 2, 3];

/** Creates a running sequence whose tokens are computed, and the drafts of its cache. */
function setUp({ prompt = REPEATING, capacity = 30, maxTokens = 4 } = {}) {
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
  const reserve = (count: number): void => {
    cache.reserve(kv, kv.computed + count, copies);
  };
  reserve(prompt.length);
  cache.commit(kv, sequence.tokens, prompt.length);
  return { drafts: new Drafts(cache, maxTokens), sequence, kv, reserve };
}

describe('Drafts.propose', () => {
  test('returns the tokens after an earlier occurrence of the last tokens', () => {
    const { drafts, sequence } = setUp();
    expect(drafts.propose(sequence, 64)).toEqual(Int32Array.of(1, 2, 3));
    sequence.append(1);
    expect(drafts.propose(sequence, 64)).toEqual(Int32Array.of(2, 3, 1));
  });

  test.each([
    ['at most the requested number', {}, 2, 2],
    ['at most the limit', { maxTokens: 1 }, 64, 1],
    ['at most the capacity minus the selected token', { capacity: 12 }, 64, 2],
    ['no draft if none is requested', {}, 0, 0],
    ['no draft if the number of free rows is negative', {}, -3, 0],
    ['no draft if drafting is disabled', { maxTokens: 0 }, 64, 0],
    ['no draft if the text has no repetition', { prompt: [1, 2, 3, 4] }, 64, 0],
  ])('returns %s', (_name, setup, spareTokens, length) => {
    const { drafts, sequence } = setUp(setup);
    expect(drafts.propose(sequence, spareTokens)).toHaveLength(length);
  });

  test('returns the same drafts if part of the text was indexed before', () => {
    const { drafts, sequence } = setUp();
    drafts.index(sequence, 2);
    drafts.index(sequence, 5);
    expect(drafts.propose(sequence, 2)).toEqual(Int32Array.of(1, 2));
  });

  test('does not use the index of another sequence with the same id', () => {
    const { drafts, sequence } = setUp();
    drafts.propose(sequence, 4);
    drafts.remove(sequence);
    expect(drafts.propose(new Sequence(0, { prompt: [1, 2, 3], capacity: 30 }), 4)).toHaveLength(0);
    expect(drafts.propose(sequence, 4)).toHaveLength(3);
  });
});

describe('Drafts.verify', () => {
  test.each([
    ['rejects all drafts', [7, 8, 9, 9], [7], 0],
    ['accepts the drafts before the first mismatch', [1, 7, 9, 9], [1, 7], 1],
    ['accepts all drafts', [1, 2, 3, 9], [1, 2, 3, 9], 3],
  ])('%s', (_name, selected, appended, accepted) => {
    const { drafts, sequence, kv, reserve } = setUp();
    const proposed = drafts.propose(sequence, 3);
    reserve(proposed.length);
    drafts.verify(sequence, proposed, Int32Array.from(selected), (row) => {
      sequence.append(selected[row]!);
      return false;
    });
    expect([...sequence.tokens]).toEqual([...REPEATING, ...appended]);
    expect(kv.computed).toBe(REPEATING.length + accepted); // the last token is computed by the next step
    expect([sequence.draftedTokens, sequence.acceptedTokens]).toEqual([3, accepted]);
  });

  test('stops when the sequence is complete, even if further drafts match', () => {
    const { drafts, sequence, kv, reserve } = setUp();
    const proposed = drafts.propose(sequence, 3);
    reserve(proposed.length);
    drafts.verify(sequence, proposed, Int32Array.of(1, 2, 3, 9), (row) => {
      sequence.append([1, 2, 3, 9][row]!);
      return row === 1;
    });
    expect([...sequence.tokens]).toEqual([...REPEATING, 1, 2]);
    expect([kv.computed, sequence.acceptedTokens]).toEqual([REPEATING.length + 1, 1]);
  });

  test('appends one token if there are no drafts', () => {
    const { drafts, sequence, kv } = setUp();
    drafts.verify(sequence, new Int32Array(0), Int32Array.of(5, 6), (row) => {
      sequence.append([5, 6][row]!);
      return false;
    });
    expect([sequence.length, kv.computed]).toEqual([REPEATING.length + 1, REPEATING.length]);
    expect(sequence.draftedTokens).toBe(0);
  });
});
