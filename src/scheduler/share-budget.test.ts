import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareBudget } from './share-budget.ts';

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
const demandLists = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 300 })), { maxLength: 20 });
const budgets = fc.integer({ min: 1, max: 400 });

test('shareBudget uses the whole budget or meets all demands, and exceeds no demand', () => {
  fc.assert(
    fc.property(demandLists, budgets, (demands, budget) => {
      const counts = shareBudget(demands, budget);
      expect(counts).toHaveLength(demands.length);
      expect(sum(counts)).toBe(Math.min(budget, sum(demands)));
      counts.forEach((count, i) => {
        expect(count).toBeGreaterThanOrEqual(0);
        expect(count).toBeLessThanOrEqual(demands[i]!);
      });
    }),
  );
});

test('the first sequence always gets a token', () => {
  fc.assert(
    fc.property(demandLists, budgets, (demands, budget) => {
      fc.pre(demands.length > 0);
      expect(shareBudget(demands, budget)[0]).toBeGreaterThan(0);
    }),
  );
});

test('sequences that need only one token receive a token before prompts receive more than one token', () => {
  fc.assert(
    fc.property(demandLists, budgets, (demands, budget) => {
      const counts = shareBudget(demands, budget);
      const someGetNone = demands.some((count, i) => count === 1 && counts[i] === 0);
      const promptTokens = sum(counts.filter((_, i) => demands[i]! > 1));
      const firstMinimum = demands[0] !== 1 ? 1 : 0; // of the first sequence
      if (someGetNone) expect(promptTokens).toBeLessThanOrEqual(firstMinimum);
    }),
  );
});

test('prompts receive the remaining budget in list order', () => {
  fc.assert(
    fc.property(demandLists, budgets, (demands, budget) => {
      const counts = shareBudget(demands, budget);
      const prompts = demands.flatMap((demand, i) => (demand > 1 ? [{ demand, count: counts[i]! }] : []));
      const firstUnmet = prompts.findIndex(({ demand, count }) => count < demand);
      if (firstUnmet < 0) return;
      expect(sum(prompts.slice(firstUnmet + 1).map(({ count }) => count))).toBe(0);
    }),
  );
});

test.each([
  [[], 8, []],
  [[100, 1, 1, 50], 8, [6, 1, 1, 0]],
  [[3, 50, 1], 20, [3, 16, 1]],
  [[9, 1, 1], 2, [1, 1, 0]],
  [[1, 1, 1], 2, [1, 1, 0]],
])('for the demands %j and a budget of %i, shareBudget returns %j', (demands, budget, expected) => {
  expect(shareBudget(demands, budget)).toEqual(expected);
});
