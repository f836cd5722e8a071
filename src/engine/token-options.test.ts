import { expect, test } from 'vitest';
import { finish, type Steps } from '../base/steps.ts';
import { createTokenizer } from '../text/tokenizer.ts';
import { byteLevelData, sentencePieceData } from '../text/vocabulary/vocabulary-fixture.ts';
import { badWordSpellings, type Spellings } from './token-options.ts';

const tokenizer = createTokenizer(byteLevelData());
const spell = (words: readonly string[], vocabSize = tokenizer.vocabSize): Spellings =>
  finish(badWordSpellings(words, tokenizer, vocabSize));

test('a word has one spelling with and one without a leading space; a word with a leading space has one', () => {
  const ids = (text: string): number[] => tokenizer.encode(text, { place: 'inside' });
  expect(spell(['he', ' o'])).toEqual([ids('he'), ids(' he'), ids(' o')]);
});

test('tokens without a logits row are omitted', () => {
  expect(spell(['he'], 1)).toEqual([]);
});

test.each([
  ['one long word', ['hello'.repeat(4_000)]],
  ['many short words', Array.from({ length: 1_000 }, (_, i) => `hello${'l'.repeat(i % 9)}`)],
])('%s is encoded with pauses', (_name, words) => {
  for (const one of [tokenizer, createTokenizer(sentencePieceData())]) {
    const steps: Steps<Spellings> = badWordSpellings(words, one, one.vocabSize);
    let pauses = 0;
    while (steps.next().done !== true) pauses++;
    expect(pauses).toBeGreaterThan(words.join('').length / 128);
  }
});

test('a word that the tokenizer cannot encode is rejected with a short message', () => {
  expect(() => spell(['\ud800'.repeat(5_000)])).toThrow(
    expect.objectContaining({
      code: 'bad_option',
      message: expect.toSatisfy((message: string) => message.length < 500),
    }),
  );
});
