import { expect, it } from 'vitest';
import { QuireError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { encodeSentencePiece, PIECES } from './model-fixture.ts';
import { readSentencePieceTokenizer } from './tokenizer.ts';

const FIRST_ADDED = PIECES.length;
const read = (bytes: Uint8Array, settings: JsonObject = {}, generation: JsonObject = {}) =>
  readSentencePieceTokenizer('tokenizer.model', bytes, { settings, generation, config: {} });

it('readSentencePieceTokenizer returns the data that a GGUF of the model would have', () => {
  const data = read(encodeSentencePiece());
  expect(data).toMatchObject({
    kind: 'vocabulary',
    model: 'llama',
    bosId: 1,
    eosIds: [2],
    unknownId: 0,
    addBos: true,
    addSpacePrefix: true,
    removeExtraSpaces: false,
  });
  expect(data.tokens.slice(0, 4)).toEqual(['<unk>', '<s>', '</s>', '<0x00>']);
  // User-defined pieces of the model are matched in the normalized text.
  expect(data.tokens.at(-1)).toBe('<tool\u2581x>');
  expect(data.normalizedIds).toEqual(new Set([FIRST_ADDED - 1]));
  expect([...data.tokenTypes.slice(0, 4), data.tokenTypes.at(-1)]).toEqual([2, 3, 3, 6, 4]);
  expect(data.scores?.at(-2)).toBe(-5);
});

it('readSentencePieceTokenizer reads the settings for spaces', () => {
  const data = read(encodeSentencePiece({ addDummyPrefix: false, removeExtraSpaces: true }));
  expect(data).toMatchObject({ addSpacePrefix: false, removeExtraSpaces: true });
  expect(read(encodeSentencePiece(), { add_prefix_space: false }).addSpacePrefix).toBe(false);
});

it('readSentencePieceTokenizer adds the tokens of tokenizer_config.json with their flags', () => {
  const added = {
    '1': { content: '<s>', special: true },
    [FIRST_ADDED]: { content: '<|user|>', special: true, rstrip: true },
    [FIRST_ADDED + 2]: { content: '<note>', special: false },
  };
  const settings = {
    added_tokens_decoder: added,
    bos_token: '<|user|>',
    eos_token: { content: '</s>' },
    add_bos_token: false,
  };
  const data = read(encodeSentencePiece(), settings, { eos_token_id: [2, FIRST_ADDED] });
  expect(data.tokens.slice(FIRST_ADDED)).toEqual(['<|user|>', '', '<note>']);
  expect([...data.tokenTypes.slice(FIRST_ADDED)]).toEqual([3, 5, 4]);
  expect(data.scores).toHaveLength(FIRST_ADDED + 3);
  expect(data).toMatchObject({ bosId: FIRST_ADDED, eosIds: [2, FIRST_ADDED], addBos: false });
  expect(data.strips).toEqual(new Map([[FIRST_ADDED, { left: false, right: true }]]));
});

it('readSentencePieceTokenizer reads special tokens from the other files of the folder', () => {
  const folder = { settings: {}, generation: {}, config: {} };
  const files = {
    ...folder,
    addedTokens: { '<|user|>': FIRST_ADDED, '<note>': FIRST_ADDED + 1 },
    specialTokensMap: { eos_token: '<|user|>', additional_special_tokens: ['<|last|>'] },
  };
  const data = readSentencePieceTokenizer('tokenizer.model', encodeSentencePiece(), files);
  expect(data.tokens.slice(FIRST_ADDED)).toEqual(['<|user|>', '<note>', '<|last|>']);
  expect([...data.tokenTypes.slice(FIRST_ADDED)]).toEqual([3, 4, 3]);
  expect(data.eosIds[0]).toBe(FIRST_ADDED);
});

it.each([
  ['unigram', { algorithm: 1 }, /unigram/],
  ['word', { algorithm: 3 }, /word/],
  ['nmt_nfkc', { normalization: 'nmt_nfkc' }, /nmt_nfkc/],
  ['unescaped spaces', { escapeSpaces: false }, /escape_whitespaces/],
  ['spaces after words', { spaceAsSuffix: true }, /treat_whitespace_as_suffix/],
] as const)(
  'readSentencePieceTokenizer rejects %s, and the error states the cause',
  (_, fixture, message) => {
    expect(() => read(encodeSentencePiece(fixture))).toThrow(
      expect.objectContaining({ code: 'unsupported_tokenizer', message: expect.stringMatching(message) }),
    );
  },
);

const [unknownPiece, ...otherPieces] = PIECES;

it.each([
  ['an empty file', new Uint8Array(0), /no pieces/],
  ['a file of another format', new TextEncoder().encode('{"model": {}}'), /./],
  ['a vocabulary without an unknown piece', encodeSentencePiece({ pieces: otherPieces }), /no unknown piece/],
  [
    'a piece of an unknown type',
    encodeSentencePiece({ pieces: [{ text: 'a', score: 0, type: 9 }] }),
    /field 3 is 9/,
  ],
  ['an empty piece', encodeSentencePiece({ pieces: [{ text: '', score: 0, type: 1 }] }), /no text/],
  [
    'a score that is not a number',
    encodeSentencePiece({ pieces: [{ text: 'a', score: Number.NaN, type: 1 }] }),
    /NaN/,
  ],
] as const)('readSentencePieceTokenizer rejects %s as damaged', (_, bytes, message) => {
  expect(() => read(bytes)).toThrow(
    expect.objectContaining({ code: 'bad_tokenizer', message: expect.stringMatching(message) }),
  );
});

it.each([
  ['an id far beyond the vocabulary', { 999999999: { content: 'a' } }, /999999999/],
  ['an id that is not a number', { x: { content: 'a' } }, /entry x/],
  ['a token that is a string', { 3: 'a' }, /entry 3/],
] as const)('readSentencePieceTokenizer rejects added tokens with %s', (_, decoder, message) => {
  expect(() => read(encodeSentencePiece(), { added_tokens_decoder: decoder })).toThrow(
    expect.objectContaining({ code: 'bad_tokenizer', message: expect.stringMatching(message) }),
  );
});

it('readSentencePieceTokenizer rejects an added token with single_word', () => {
  const decoder = { [FIRST_ADDED]: { content: '<tool>', single_word: true } };
  expect(() => read(encodeSentencePiece(), { added_tokens_decoder: decoder })).toThrow(
    expect.objectContaining({
      code: 'unsupported_tokenizer',
      message: expect.stringContaining('<tool> with single_word'),
    }),
  );
});

it('readSentencePieceTokenizer reads a truncated or damaged file, or rejects it with a QuireError', () => {
  if (unknownPiece === undefined) throw new Error('no fixture');
  const bytes = encodeSentencePiece({
    pieces: [unknownPiece, ...otherPieces.slice(0, 3), ...otherPieces.slice(-4)],
  });
  const attempt = (damaged: Uint8Array): unknown => {
    try {
      return read(damaged);
    } catch (error) {
      return error;
    }
  };
  for (let offset = 0; offset < bytes.length; offset++) {
    const flipped = bytes.slice();
    flipped[offset] = 255 - (bytes[offset] ?? 0);
    for (const result of [attempt(bytes.slice(0, offset)), attempt(flipped)]) {
      if (!(result instanceof QuireError)) expect(result).toHaveProperty('kind', 'vocabulary');
      else expect(result.code).toMatch(/^(bad|unsupported)_tokenizer$/);
    }
  }
});
