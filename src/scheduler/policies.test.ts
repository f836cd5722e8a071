import { expect, test } from 'vitest';
import { firstCome, priorityWithAgeing, rankOf, SCHEDULING_POLICIES } from './policies.ts';

test('first-come ignores priorities', () => {
  expect(firstCome({ arrivedAt: 1, priority: 0 })).toBeLessThan(firstCome({ arrivedAt: 2, priority: 100 }));
});

test('a level of priority counts as much as the ageing time of waiting', () => {
  const rank = priorityWithAgeing(1000);
  const urgent = { arrivedAt: 1000, priority: 1 };
  expect(rank({ arrivedAt: 1, priority: 0 })).toBeGreaterThan(rank(urgent));
  expect(rank({ arrivedAt: -1, priority: 0 })).toBeLessThan(rank(urgent));
});

test('each policy has its own rank', () => {
  const urgent = { arrivedAt: 10, priority: 1 };
  const [byArrival, byPriority] = SCHEDULING_POLICIES.map((policy) => rankOf(policy)(urgent));
  expect([byArrival, byPriority]).toEqual([10, 10 - 5000]);
});
