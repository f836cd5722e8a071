import { expect, test } from 'vitest';
import { finish, type Steps } from '../base/steps.ts';
import { createTokenizer } from '../text/tokenizer.ts';
import { byteLevelData, sentencePieceData } from '../text/vocabulary/vocabulary-fixture.ts';
import { type BadWordTokens, encodeBadWords } from './token-options.ts';

const tokenizer = createTokenizer(byteLevelData());
const encodeWords = (words: readonly string[], vocabSize = tokenizer.vocabSize): BadWordTokens =>
  finish(encodeBadWords(words, tokenizer, vocabSize));

test('encodeBadWords encodes a word with and without a leading space, unless the word starts with a space', () => {
  const ids = (text: string): number[] => tokenizer.encode(text, { place: 'inside' });
  expect(encodeWords(['he', ' o'])).toEqual([ids('he'), ids(' he'), ids(' o')]);
});

test('encodeBadWords omits sequences with token ids outside the vocabulary', () => {
  expect(encodeWords(['he'], 1)).toEqual([]);
});

test.each([
  ['one long word', ['hello'.repeat(4_000)]],
  ['many short words', Array.from({ length: 1_000 }, (_, i) => `hello${'l'.repeat(i % 9)}`)],
])('encodeBadWords pauses in proportion to the length of %s', (_name, words) => {
  for (const anyTokenizer of [tokenizer, createTokenizer(sentencePieceData())]) {
    const steps: Steps<BadWordTokens> = encodeBadWords(words, anyTokenizer, anyTokenizer.vocabSize);
    let stepCount = 0;
    while (steps.next().done !== true) stepCount++;
    expect(stepCount).toBeGreaterThan(words.join('').length / 128);
  }
});

test('encodeBadWords rejects a word that the tokenizer cannot encode, with a short message', () => {
  expect(() => encodeWords(['\ud800'.repeat(5_000)])).toThrow(
    expect.objectContaining({
      code: 'bad_option',
      message: expect.toSatisfy((message: string) => message.length < 500),
    }),
  );
});
