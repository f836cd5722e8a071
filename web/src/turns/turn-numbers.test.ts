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

test('the example of the file', () => {
  expect(turnNumbers(usage(77, 62, 35, 21))).toEqual({
    prompt: 77,
    cached: 62,
    computed: 35,
    prefill: 15,
    decode: 20,
    plain: 1827,
  });
});

test('without a cache there is nothing to compare with', () => {
  expect(turnNumbers(usage(77, 0, 1827, 21))).toMatchObject({ prefill: 77, decode: 1750, plain: undefined });
});

test('a turn that was stopped while reading has computed less than its prompt', () => {
  expect(turnNumbers(usage(500, 0, 256, 0))).toMatchObject({ prefill: 256, decode: 0, plain: undefined });
});
