import { expect, test } from 'vitest';
import type { Usage } from '../api/chat-protocol.ts';
import { turnNumbers } from './turn-numbers.ts';

const usage = (
  promptTokens: number,
  cachedTokens: number,
  computedTokens: number,
  generatedTokens: number,
): Usage => ({
  promptTokens,
  cachedTokens,
  computedTokens,
  generatedTokens,
  ttftMs: 0,
  decodeTokensPerSecond: 0,
  contextLength: 1024,
  contextUsed: 0,
});

test('turnNumbers returns the numbers of the example in turn-numbers.ts', () => {
  expect(turnNumbers(usage(77, 62, 35, 21))).toEqual({
    prompt: 77,
    cached: 62,
    computed: 35,
    prefill: 15,
    decode: 20,
    uncached: 1827,
  });
});

test('`uncached` is undefined for a turn without a cache', () => {
  expect(turnNumbers(usage(77, 0, 1827, 21))).toMatchObject({
    prefill: 77,
    decode: 1750,
    uncached: undefined,
  });
});

test('`prefill` is less than the prompt for a turn that was stopped during prefill', () => {
  expect(turnNumbers(usage(500, 0, 256, 0))).toMatchObject({ prefill: 256, decode: 0, uncached: undefined });
});
