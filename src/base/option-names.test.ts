import { expect, test } from 'vitest';
import { checkChoice, checkOptionNames } from './option-names.ts';

test('the error for an unknown option contains its name and the nearest known one', () => {
  expect(() => checkOptionNames({ max_tokens: 5 }, ['maxTokens', 'seed'], 'generate')).toThrow(
    expect.objectContaining({ code: 'unknown_option', hint: 'did you mean maxTokens?' }),
  );
  expect(() => checkOptionNames({ banana: 5 }, ['maxTokens', 'seed'], 'generate')).toThrow(
    expect.objectContaining({ hint: 'the options are maxTokens, seed' }),
  );
  expect(() => checkOptionNames({ seed: 5 }, ['maxTokens', 'seed'], 'generate')).not.toThrow();
});

test('the error for an unknown value lists the valid ones', () => {
  expect(() => checkChoice('cache', 'pagd', ['none', 'paged'])).toThrow(
    expect.objectContaining({ code: 'bad_option', hint: 'use one of none, paged' }),
  );
});
