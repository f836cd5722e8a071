import { expect, test } from 'vitest';
import { finish, type Steps } from '../base/steps.ts';
import { createTokenizer } from '../text/tokenizer.ts';
import { byteLevelData, sentencePieceData } from '../text/vocabulary/vocabulary-fixture.ts';
import { badWordSpellings, type Spellings } from './token-options.ts';

const tokenizer = createTokenizer(byteLevelData());
const spell = (words: readonly string[], vocabSize = tokenizer.vocabSize): Spellings =>
  finish(badWordSpellings(words, tokenizer, vocabSize));

test('a word is spelled as it is and after a space, and one that begins with a space once', () => {
  const ids = (text: string): number[] => tokenizer.encode(text, { place: 'inside' });
  expect(spell(['he', ' o'])).toEqual([ids('he'), ids(' he'), ids(' o')]);
});

test('what the model has no row for cannot come up', () => {
  expect(spell(['he'], 1)).toEqual([]);
});

test.each([
  ['one long word', ['hello'.repeat(4_000)]],
  ['many short words', Array.from({ length: 1_000 }, (_, i) => `hello${'l'.repeat(i % 9)}`)],
])('%s is work that pauses', (_name, words) => {
  for (const one of [tokenizer, createTokenizer(sentencePieceData())]) {
    const steps: Steps<Spellings> = badWordSpellings(words, one, one.vocabSize);
    let pauses = 0;
    while (steps.next().done !== true) pauses++;
    expect(pauses).toBeGreaterThan(words.join('').length / 128);
  }
});

test('what the tokenizer cannot spell is refused in few words', () => {
  expect(() => spell(['\ud800'.repeat(5_000)])).toThrow(
    expect.objectContaining({
      code: 'bad_option',
      message: expect.toSatisfy((message: string) => message.length < 500),
    }),
  );
});
