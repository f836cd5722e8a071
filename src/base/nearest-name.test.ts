import { expect, test } from 'vitest';
import { nearestName } from './nearest-name.ts';

const NAMES = ['maxTokens', 'temperature', 'topK', 'topP'];

test.each([
  ['max_tokens', 'maxTokens'],
  ['max-token', 'maxTokens'],
  ['temprature', 'temperature'],
  ['top_k', 'topK'],
  ['TOPP', 'topP'],
  ['otpP', 'topP'],
  ['tempreatuer', 'temperature'],
])('the name nearest to %s is %s', (unknownName, name) => {
  expect(nearestName(unknownName, NAMES)).toBe(name);
});

test.each(['', 'x', 'presence_penalty', 'z'.repeat(100_000)])(
  'no name is similar to "%.20s"',
  (unknownName) => {
    expect(nearestName(unknownName, NAMES)).toBeUndefined();
  },
);
