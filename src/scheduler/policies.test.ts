import { expect, test } from 'vitest';
import { rankByArrival, rankByPriority, rankFunctionOf, SCHEDULING_POLICIES } from './policies.ts';

test('rankByArrival ignores priorities', () => {
  expect(rankByArrival({ arrivedAt: 1, priority: 0 })).toBeLessThan(
    rankByArrival({ arrivedAt: 2, priority: 100 }),
  );
});

test('one level of priority counts as much as ageingMs of waiting time', () => {
  const rank = rankByPriority(1000);
  const urgent = { arrivedAt: 1000, priority: 1 };
  expect(rank({ arrivedAt: 1, priority: 0 })).toBeGreaterThan(rank(urgent));
  expect(rank({ arrivedAt: -1, priority: 0 })).toBeLessThan(rank(urgent));
});

test('rankFunctionOf returns the rank function of each policy', () => {
  const urgent = { arrivedAt: 10, priority: 1 };
  const [byArrival, byPriority] = SCHEDULING_POLICIES.map((policy) => rankFunctionOf(policy)(urgent));
  expect([byArrival, byPriority]).toEqual([10, 10 - 5000]);
});
