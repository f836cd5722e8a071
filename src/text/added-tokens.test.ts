// Tests which strings of a text are encoded as added tokens, and the normalizers of tokenizer.json.

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../base/model/tokenizer-data.ts';
import { finish } from '../base/steps.ts';
import { createTokenizer, type Tokenizer } from './tokenizer.ts';
import { createNormalizer } from './tokenizer-json/json-normalizer.ts';
import { byteLevelData, sentencePieceData } from './vocabulary/vocabulary-fixture.ts';

const USER = '<\uff5cUser\uff5c>';
const pieces = (tokenizer: Tokenizer, ids: readonly number[]): string[] => ids.map(tokenizer.piece);

describe('an added token that looks like a control token', () => {
  const data = byteLevelData();
  const ggufTokenizer = createTokenizer({
    ...data,
    tokens: [...data.tokens, USER],
    tokenTypes: Int32Array.of(...data.tokenTypes, 4),
  });
  const vocab = Object.fromEntries([...'abcdefghijklmnopqrstuvwxyz<>|'].map((piece, id) => [piece, id]));
  const definition: JsonObject = {
    model: { type: 'BPE', vocab, merges: [] },
    normalizer: { type: 'Lowercase' },
    decoder: { type: 'Fuse' },
    added_tokens: [
      { id: 30, content: USER, special: false, normalized: true },
      { id: 31, content: '<tool>', special: false, normalized: true },
    ],
  };
  const jsonTokenizer = createTokenizer({ kind: 'files', definition, eosIds: [], addBos: false });

  it.each([
    ['GGUF', ggufTokenizer],
    ['tokenizer.json', jsonTokenizer],
  ])('is encoded as text in a raw prompt, unlike other added tokens (%s)', (_, tokenizer) => {
    const plainPieces = pieces(tokenizer, tokenizer.encode(`${USER}<tool>`));
    expect(plainPieces).not.toContain(USER);
    expect(plainPieces.at(-1)).toBe('<tool>');
    expect(tokenizer.encodePrompt(USER)).not.toContain(tokenizer.encode(USER, { special: 'parse' })[0]);
    expect(pieces(tokenizer, tokenizer.encode(USER, { special: 'parse' }))).toEqual([USER]);
    expect(tokenizer.controlStrings).toContain(USER);
  });
});

describe('user-defined tokens of a tokenizer.model', () => {
  const data = sentencePieceData();
  const tokens = [...data.tokens, '<sep>', '\u2581\u2581', '<|x|>'];
  const firstAddedId = tokens.length - 3;
  const tokenizer = createTokenizer({
    ...data,
    tokens,
    tokenTypes: Int32Array.of(...data.tokenTypes, 4, 4, 4),
    scores: Float32Array.of(...(data.scores ?? []), 0, 0, 0),
    normalizedIds: new Set([firstAddedId, firstAddedId + 1, firstAddedId + 2]),
  });

  // The expected pieces are those of sentencepiece 0.2.2.
  it.each([
    ['ab<sep>ab', ['\u2581ab', '<sep>', 'ab']],
    ['<sep>a', ['\u2581', '<sep>', 'a']],
    ['a <sep> a', ['\u2581a', '\u2581', '<sep>', '\u2581a']],
    ['a  a', ['\u2581a', '\u2581\u2581', 'a']],
  ])('are matched in the normalized text of %j', (text, expected) => {
    const ids = tokenizer.encode(text);
    expect(pieces(tokenizer, ids)).toEqual(expected);
    expect(tokenizer.decode(ids)).toBe(text);
  });

  it('are encoded as text if they look like control tokens', () => {
    expect(pieces(tokenizer, tokenizer.encode('<|x|>'))).not.toContain('<|x|>');
    expect(tokenizer.controlStrings).toContain('<|x|>');
  });
});

describe('createNormalizer', () => {
  const normalizeText = (type: string, text: string): string =>
    finish(createNormalizer({ type })(text, 'start'));
  const MARKS = '\u0301\u0316';

  it('normalizes a long run of combining marks in blocks of at most 2,048 code units', () => {
    expect(normalizeText('NFC', `a${MARKS.repeat(300)}`)).toBe(`a${MARKS.repeat(300)}`.normalize('NFC'));
    const steps = createNormalizer({ type: 'NFC' })(`a${MARKS.repeat(20_000)}`, 'start');
    let maxLength = 0;
    const originalNormalize = String.prototype.normalize;
    String.prototype.normalize = function (...forms) {
      maxLength = Math.max(maxLength, this.length);
      return originalNormalize.apply(this, forms);
    };
    try {
      expect(finish(steps)).toHaveLength(40_000);
    } finally {
      String.prototype.normalize = originalNormalize;
    }
    expect(maxLength).toBeLessThanOrEqual(2048);
  });

  it.each(['NFC', 'NFD', 'NFKC', 'NFKD'])(
    '%s in blocks gives the result of String.prototype.normalize',
    (type) => {
      const characters = [
        'a',
        '\u0301',
        '\u1100',
        '\u1161',
        '\u11a8',
        '\uac00',
        '\uff76',
        '\uff9e',
        '\u3131',
        '\u0e33',
        '\u{1f600}',
      ];
      let text = '';
      for (let index = 0; index < 6000; index++)
        text += characters[(index * index + (index >> 3)) % characters.length];
      expect(normalizeText(type, text)).toBe(text.normalize(type));
    },
  );
});
