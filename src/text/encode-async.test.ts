// Tests that encoding in time slices returns the same ids as encoding at once, for every kind of vocabulary, text and
// option, and that it pauses often enough. Benchmarks measure the duration of the slices.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../base/model/tokenizer-data.ts';
import { finishInSlices } from '../base/steps.ts';
import { createTokenizer, type EncodeOptions, type Tokenizer } from './tokenizer.ts';
import { byteLevelData, sentencePieceData } from './vocabulary/vocabulary-fixture.ts';

const definition: JsonObject = {
  model: {
    type: 'BPE',
    vocab: Object.fromEntries(
      ['h', 'e', 'l', 'o', '\u0120', 'he', 'll', '1', '<unk>'].map((piece, id) => [piece, id]),
    ),
    merges: ['h e', 'l l'],
    unk_token: '<unk>',
  },
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'NFKC' },
      { type: 'Lowercase' },
      { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
      { type: 'Replace', pattern: { String: '\u00df' }, content: 'ss' },
    ],
  },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      { type: 'Digits', individual_digits: true },
      { type: 'ByteLevel', add_prefix_space: true, use_regex: true },
    ],
  },
  decoder: { type: 'ByteLevel' },
  added_tokens: [
    { id: 8, content: '<unk>', special: true },
    { id: 9, content: '<|end|>', special: true },
    { id: 10, content: '<tool>', special: false, normalized: true },
  ],
};

const tokenizers: Readonly<Record<string, Tokenizer>> = {
  bytes: createTokenizer(byteLevelData()),
  pieces: createTokenizer(sentencePieceData()),
  json: createTokenizer({ kind: 'files', definition, eosIds: [9], addBos: false }),
};
const tokenizerEntries = Object.entries(tokenizers);

const unit = fc.constantFrom(
  'he',
  'll',
  'o',
  ' ',
  '  ',
  '\n',
  '1',
  'é',
  '\u{1F600}',
  '\ud83d',
  '<|end|>',
  '<tool>',
  '\ue000',
);
const options: fc.Arbitrary<EncodeOptions> = fc.record(
  {
    special: fc.constantFrom('plain', 'parse'),
    isMeant: fc.constant((start: number) => start % 2 === 0),
    place: fc.constantFrom('start', 'after-token', 'inside'),
  },
  { requiredKeys: [] },
);

it('encodeSteps in time slices returns the same ids as `encode`', async () => {
  const waitForSlice = async () => {};
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit, maxLength: 400 }),
      options,
      fc.constantFrom(...tokenizerEntries),
      async (text, encodeOptions, [, tokenizer]) => {
        const idsInSlices = finishInSlices(tokenizer.encodeSteps(text, encodeOptions), {
          budgetMs: 0,
          waitForSlice,
        });
        expect(await idsInSlices).toEqual(tokenizer.encode(text, encodeOptions));
      },
    ),
  );
});

const LONG_TEXTS: Readonly<Record<string, string>> = {
  words: 'hello hell 12 '.repeat(1_440),
  'one word': 'hello'.repeat(4_000),
  'one character': 'l'.repeat(20_000),
  'unknown characters': '\u4f60'.repeat(20_000),
  'special strings': '<|end|>he'.repeat(2_200),
  spaces: ' '.repeat(20_000),
};

describe.each(tokenizerEntries)(
  'encodeSteps of 20,000 characters with the tokenizer "%s"',
  (_, tokenizer) => {
    it.each(Object.entries(LONG_TEXTS))('pauses within a text of %s', async (_name, text) => {
      let pauses = 0;
      const steps = tokenizer.encodeSteps(text, { special: 'parse' });
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) pauses++;
      // Pauses follow 256 characters of words, 128 pairs or merges, 256 segments, or 16,384 scanned characters.
      expect(pauses).toBeGreaterThan(3);
      expect(await tokenizer.encodeAsync(text, { special: 'parse' })).toEqual(step.value);
    });
  },
);

it('encodeSteps pauses within one word in proportion to its length', () => {
  const countPauses = (text: string): number => [...(tokenizers.bytes as Tokenizer).encodeSteps(text)].length;
  const shortWordPauses = countPauses('hello'.repeat(1_000));
  const longWordPauses = countPauses('hello'.repeat(10_000));
  expect(shortWordPauses).toBeGreaterThan(5_000 / 128);
  expect(longWordPauses).toBeGreaterThan(9 * shortWordPauses);
});

it('encodeSteps encodes several texts concurrently', async () => {
  const texts = ['hello'.repeat(600), 'ohell'.repeat(400), 'he l'.repeat(500), 'll'.repeat(1_000)];
  for (const [, tokenizer] of tokenizerEntries) {
    const encodings = texts.map((text) => finishInSlices(tokenizer.encodeSteps(text), { budgetMs: 0 }));
    expect(await Promise.all(encodings)).toEqual(texts.map((text) => tokenizer.encode(text)));
  }
});
