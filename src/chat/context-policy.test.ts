import { expect, test } from 'vitest';
import { answerRoom, contextPolicy, turnsToDrop } from './context-policy.ts';

test('a policy is completed with the default low-water mark', () => {
  expect(contextPolicy()).toEqual({ kind: 'error' });
  expect(contextPolicy('truncate')).toEqual({ kind: 'truncate', lowWater: 0.5 });
  expect(contextPolicy({ kind: 'truncate', lowWater: 0.25 })).toEqual({ kind: 'truncate', lowWater: 0.25 });
});

test.each([0, 1, -0.5, Number.NaN])('the low-water mark %d is rejected', (lowWater) => {
  expect(() => contextPolicy({ kind: 'truncate', lowWater })).toThrow(/lowWater is/);
});

test('the space for an answer is the requested limit, at most a quarter of the context', () => {
  expect(answerRoom(10, 1000)).toBe(10);
  expect(answerRoom(900, 1000)).toBe(250);
  expect(answerRoom(undefined, 1000)).toBe(125);
  expect(answerRoom(-1, 1000)).toBe(125);
  expect(answerRoom(0, 1000)).toBe(1);
});

test('the smallest sufficient number of turns is dropped, or all when none suffices', async () => {
  const length = async (turns: number): Promise<number> => 100 - 10 * turns;
  expect(await turnsToDrop({ from: 0, most: 9, target: 65 }, length)).toBe(4);
  expect(await turnsToDrop({ from: 0, most: 9, target: 100 }, length)).toBe(0);
  expect(await turnsToDrop({ from: 0, most: 3, target: 5 }, length)).toBe(3);
});
