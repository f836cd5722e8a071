import { expect, test } from 'vitest';
import { checkChoice, checkOptionNames } from './option-names.ts';

test('an unknown option is refused by name, with the nearest that is known', () => {
  expect(() => checkOptionNames({ max_tokens: 5 }, ['maxTokens', 'seed'], 'generate')).toThrow(
    expect.objectContaining({ code: 'unknown_option', hint: 'did you mean maxTokens?' }),
  );
  expect(() => checkOptionNames({ banana: 5 }, ['maxTokens', 'seed'], 'generate')).toThrow(
    expect.objectContaining({ hint: 'it takes maxTokens, seed' }),
  );
  expect(() => checkOptionNames({ seed: 5 }, ['maxTokens', 'seed'], 'generate')).not.toThrow();
});

test('a choice that does not exist is refused with those that do', () => {
  expect(() => checkChoice('cache', 'pagd', ['none', 'paged'])).toThrow(
    expect.objectContaining({ code: 'bad_option', hint: 'it takes none, paged' }),
  );
});
