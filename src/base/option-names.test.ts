import { expect, test } from 'vitest';
import { checkChoice, checkInteger, checkOptionNames } from './option-names.ts';

test('the error for an unknown option contains the name of the option and the nearest known name', () => {
  expect(() => checkOptionNames({ max_tokens: 5 }, ['maxTokens', 'seed'], 'generate')).toThrow(
    expect.objectContaining({ code: 'unknown_option', hint: 'did you mean maxTokens?' }),
  );
  expect(() => checkOptionNames({ banana: 5 }, ['maxTokens', 'seed'], 'generate')).toThrow(
    expect.objectContaining({ hint: 'the options are maxTokens, seed' }),
  );
  expect(() => checkOptionNames({ seed: 5 }, ['maxTokens', 'seed'], 'generate')).not.toThrow();
});

test('the error for an unknown value lists the valid values', () => {
  expect(() => checkChoice('cache', 'pagd', ['none', 'paged'])).toThrow(
    expect.objectContaining({ code: 'bad_option', hint: 'use one of none, paged' }),
  );
});

test('the error for a number in a string states that the value is a string', () => {
  expect(() => checkInteger('blockSize', '16' as unknown as number, 1, 1024)).toThrow(
    'blockSize is a string',
  );
  expect(() => checkInteger('blockSize', 0, 1, 1024)).toThrow('blockSize is 0');
});

test('the error for an unknown option contains at most 64 characters of the name', () => {
  const name = 'x'.repeat(100_000);
  expect(() => checkOptionNames({ [name]: 5 }, ['seed'], 'generate')).toThrow(
    expect.objectContaining({ message: `generate has no option "${'x'.repeat(64)}"` }),
  );
});
