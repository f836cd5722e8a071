import { expect, test } from 'vitest';
import { checkPrompt } from './check-prompt.ts';

const LIMITS = { contextLength: 4, vocabSize: 10 };

test('checkPrompt accepts a prompt that leaves one token for the answer', () => {
  expect(() => checkPrompt([0, 9, 5], LIMITS)).not.toThrow();
});

test('checkPrompt rejects an empty prompt, a full context and an id outside the vocabulary with different errors', () => {
  const codeOf = (prompt: readonly number[]): unknown => {
    try {
      return checkPrompt(prompt, LIMITS);
    } catch (error) {
      return (error as { readonly code: string }).code;
    }
  };
  expect(codeOf([])).toBe('empty_prompt');
  expect(codeOf([1, 2, 3, 4])).toBe('context_length_exceeded');
  for (const invalidId of [-1, 10, 1.5, Number.NaN, undefined, null, '1'])
    expect(codeOf([1, invalidId as number])).toBe('bad_token');
  expect(codeOf(new Array(2))).toBe('bad_token');
});
