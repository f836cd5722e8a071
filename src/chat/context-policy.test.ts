import { expect, test } from 'vitest';
import { contextPolicy, tokensForAnswer, turnsToDrop } from './context-policy.ts';

test('contextPolicy adds the default `lowWater`', () => {
  expect(contextPolicy()).toEqual({ kind: 'error' });
  expect(contextPolicy('truncate')).toEqual({ kind: 'truncate', lowWater: 0.5 });
  expect(contextPolicy({ kind: 'truncate', lowWater: 0.25 })).toEqual({ kind: 'truncate', lowWater: 0.25 });
});

test.each([0, 1, -0.5, Number.NaN])('contextPolicy rejects %d as `lowWater`', (lowWater) => {
  expect(() => contextPolicy({ kind: 'truncate', lowWater })).toThrow(/lowWater is/);
});

test('tokensForAnswer returns the requested limit, but at most a quarter of the context', () => {
  expect(tokensForAnswer(10, 1000)).toBe(10);
  expect(tokensForAnswer(900, 1000)).toBe(250);
  expect(tokensForAnswer(undefined, 1000)).toBe(125);
  expect(tokensForAnswer(-1, 1000)).toBe(125);
  expect(tokensForAnswer(0, 1000)).toBe(1);
});

test('turnsToDrop returns the smallest sufficient number of turns, or the maximum if no number suffices', async () => {
  const length = async (turns: number): Promise<number> => 100 - 10 * turns;
  expect(await turnsToDrop({ min: 0, max: 9, target: 65 }, length)).toBe(4);
  expect(await turnsToDrop({ min: 0, max: 9, target: 100 }, length)).toBe(0);
  expect(await turnsToDrop({ min: 0, max: 3, target: 5 }, length)).toBe(3);
});
