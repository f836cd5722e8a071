import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareBudget } from './share-budget.ts';

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
const uncomputed = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 300 })), { maxLength: 20 });
const budgets = fc.integer({ min: 1, max: 400 });

test('spends the whole budget or all demand, and exceeds no demand', () => {
  fc.assert(
    fc.property(uncomputed, budgets, (wanted, budget) => {
      const counts = shareBudget(wanted, budget);
      expect(counts).toHaveLength(wanted.length);
      expect(sum(counts)).toBe(Math.min(budget, sum(wanted)));
      counts.forEach((count, i) => {
        expect(count).toBeGreaterThanOrEqual(0);
        expect(count).toBeLessThanOrEqual(wanted[i]!);
      });
    }),
  );
});

test('the first sequence always progresses', () => {
  fc.assert(
    fc.property(uncomputed, budgets, (wanted, budget) => {
      fc.pre(wanted.length > 0);
      expect(shareBudget(wanted, budget)[0]).toBeGreaterThan(0);
    }),
  );
});

test('sequences that need one token come before prompt chunks', () => {
  fc.assert(
    fc.property(uncomputed, budgets, (wanted, budget) => {
      const counts = shareBudget(wanted, budget);
      const unserved = wanted.some((count, i) => count === 1 && counts[i] === 0);
      const chunks = sum(counts.filter((_, i) => wanted[i]! > 1));
      const firstMinimum = wanted[0] !== 1 ? 1 : 0;
      if (unserved) expect(chunks).toBeLessThanOrEqual(firstMinimum);
    }),
  );
});

test('the rest of the budget goes to prompts in order of arrival', () => {
  fc.assert(
    fc.property(uncomputed, budgets, (wanted, budget) => {
      const counts = shareBudget(wanted, budget);
      const prompts = wanted.flatMap((count, i) => (count > 1 ? [{ wanted: count, got: counts[i]! }] : []));
      const unfinished = prompts.findIndex(({ wanted: all, got }) => got < all);
      if (unfinished < 0) return;
      expect(sum(prompts.slice(unfinished + 1).map(({ got }) => got))).toBe(0);
    }),
  );
});

test.each([
  [[], 8, []],
  [[100, 1, 1, 50], 8, [6, 1, 1, 0]],
  [[3, 50, 1], 20, [3, 16, 1]],
  [[9, 1, 1], 2, [1, 1, 0]],
  [[1, 1, 1], 2, [1, 1, 0]],
])('demands %j share a budget of %i as %j', (wanted, budget, expected) => {
  expect(shareBudget(wanted, budget)).toEqual(expected);
});
