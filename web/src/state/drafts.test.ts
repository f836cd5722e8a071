import { expect, test } from 'vitest';
import { bounded, Drafts } from './drafts.ts';

test('the newest drafts that fit are kept, in their order', () => {
  const many = Array.from({ length: 40 }, (_, index) => [`c${index}`, 'x'] as const);
  expect(bounded(many).map(([place]) => place)).toEqual(many.slice(-30).map(([place]) => place));
  const long = 'x'.repeat(400_000);
  expect(
    bounded([
      ['a', long],
      ['b', 'short'],
      ['c', long],
    ]).map(([place]) => place),
  ).toEqual(['b', 'c']);
});

test('without storage a draft lasts as long as the page', () => {
  const drafts = new Drafts();
  drafts.set('c', 'half a');
  expect(drafts.get('c')).toBe('half a');
  drafts.flush();
  drafts.set('c', '');
  expect(drafts.get('c')).toBe('');
  drafts.flush();
});
