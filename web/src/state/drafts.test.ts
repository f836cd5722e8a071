import { expect, test } from 'vitest';
import { Drafts, newestEntriesWithinLimits } from './drafts.ts';

test('newestEntriesWithinLimits returns the newest drafts within the limits, in their order', () => {
  const many = Array.from({ length: 40 }, (_, index) => [`c${index}`, 'x'] as const);
  expect(newestEntriesWithinLimits(many).map(([key]) => key)).toEqual(many.slice(-30).map(([key]) => key));
  const long = 'x'.repeat(400_000);
  expect(
    newestEntriesWithinLimits([
      ['a', long],
      ['b', 'short'],
      ['c', long],
    ]).map(([key]) => key),
  ).toEqual(['b', 'c']);
});

test('a draft is stored in memory if sessionStorage does not exist', () => {
  const drafts = new Drafts();
  drafts.set('c', 'half a');
  expect(drafts.get('c')).toBe('half a');
  drafts.flush();
  drafts.set('c', '');
  expect(drafts.get('c')).toBe('');
  drafts.flush();
});
