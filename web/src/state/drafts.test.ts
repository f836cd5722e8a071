import { expect, test } from 'vitest';
import { Drafts, withinLimits } from './drafts.ts';

test('the newest drafts within the limits are kept in order', () => {
  const many = Array.from({ length: 40 }, (_, index) => [`c${index}`, 'x'] as const);
  expect(withinLimits(many).map(([key]) => key)).toEqual(many.slice(-30).map(([key]) => key));
  const long = 'x'.repeat(400_000);
  expect(
    withinLimits([
      ['a', long],
      ['b', 'short'],
      ['c', long],
    ]).map(([key]) => key),
  ).toEqual(['b', 'c']);
});

test('without sessionStorage a draft lasts until the page is closed', () => {
  const drafts = new Drafts();
  drafts.set('c', 'half a');
  expect(drafts.get('c')).toBe('half a');
  drafts.flush();
  drafts.set('c', '');
  expect(drafts.get('c')).toBe('');
  drafts.flush();
});
