import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.ts';

const NAMES = ['maxTokens', 'temperature', 'topK', 'topP'];

test.each([
  ['max_tokens', 'maxTokens'],
  ['max-token', 'maxTokens'],
  ['temprature', 'temperature'],
  ['top_k', 'topK'],
  ['TOPP', 'topP'],
])('the nearest name to %s is %s', (wrong, name) => {
  expect(nearestName(wrong, NAMES)).toBe(name);
});

test.each(['', 'x', 'presence_penalty', 'z'.repeat(100_000)])('%.20s has no near name', (wrong) => {
  expect(nearestName(wrong, NAMES)).toBeUndefined();
});
