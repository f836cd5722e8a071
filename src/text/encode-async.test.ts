// Encoding in slices gives the same ids for every kind of vocabulary, text and option, and bounds the work between two
// pauses. Benchmarks measure the slices in milliseconds.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../base/model/tokenizer-data.ts';
import { finishInSlices } from '../base/steps.ts';
import { createTokenizer, type EncodeOptions, type Tokenizer } from './tokenizer.ts';
import { byteLevelData, sentencePieceData } from './vocabulary/vocabulary-fixture.ts';

const json: JsonObject = {
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
  json: createTokenizer({ kind: 'files', definition: json, eosIds: [9], addBos: false }),
};
const kinds = Object.entries(tokenizers);

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

it('returns the same ids as encode', async () => {
  const turn = async () => {};
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit, maxLength: 400 }),
      options,
      fc.constantFrom(...kinds),
      async (text, how, kind) => {
        const [, tokenizer] = kind;
        const inTurns = finishInSlices(tokenizer.encodeSteps(text, how), { budgetMs: 0, waitForSlice: turn });
        expect(await inTurns).toEqual(tokenizer.encode(text, how));
      },
    ),
  );
});

const LONG: Readonly<Record<string, string>> = {
  words: 'hello hell 12 '.repeat(1_440),
  'one word': 'hello'.repeat(4_000),
  'one character': 'l'.repeat(20_000),
  'unknown characters': '\u4f60'.repeat(20_000),
  'special strings': '<|end|>he'.repeat(2_200),
  spaces: ' '.repeat(20_000),
};

describe.each(kinds)('20,000 characters, %s', (_, tokenizer) => {
  it.each(Object.entries(LONG))('of %s', async (_name, text) => {
    let pauses = 0;
    const steps = tokenizer.encodeSteps(text, { special: 'parse' });
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) pauses++;
    // 256 characters of words, 128 pairs or merges, 256 segments, 16,384 scanned characters.
    expect(pauses).toBeGreaterThan(3);
    expect(await tokenizer.encodeAsync(text, { special: 'parse' })).toEqual(step.value);
  });
});

it('pauses within one word in proportion to its length', () => {
  const count = (text: string): number => [...(tokenizers.bytes as Tokenizer).encodeSteps(text)].length;
  const one = count('hello'.repeat(1_000));
  const ten = count('hello'.repeat(10_000));
  expect(one).toBeGreaterThan(5_000 / 128);
  expect(ten).toBeGreaterThan(9 * one);
});

it('encodes several texts at once', async () => {
  const texts = ['hello'.repeat(600), 'ohell'.repeat(400), 'he l'.repeat(500), 'll'.repeat(1_000)];
  for (const [, tokenizer] of kinds) {
    const together = texts.map((text) => finishInSlices(tokenizer.encodeSteps(text), { budgetMs: 0 }));
    expect(await Promise.all(together)).toEqual(texts.map((text) => tokenizer.encode(text)));
  }
});
