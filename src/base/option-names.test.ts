import { expect, test } from 'vitest';
import { checkChoice, checkOptionNames } from './option-names.ts';

test('an unknown option is refused by name, with the nearest known one', () => {
  expect(() => checkOptionNames({ max_tokens: 5 }, ['maxTokens', 'seed'], 'generate')).toThrow(
    expect.objectContaining({ code: 'unknown_option', hint: 'did you mean maxTokens?' }),
  );
  expect(() => checkOptionNames({ banana: 5 }, ['maxTokens', 'seed'], 'generate')).toThrow(
    expect.objectContaining({ hint: 'the options are maxTokens, seed' }),
  );
  expect(() => checkOptionNames({ seed: 5 }, ['maxTokens', 'seed'], 'generate')).not.toThrow();
});

test('an unknown choice is refused with the valid ones', () => {
  expect(() => checkChoice('cache', 'pagd', ['none', 'paged'])).toThrow(
    expect.objectContaining({ code: 'bad_option', hint: 'use one of none, paged' }),
  );
});
