import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStreamingDecoder } from './streaming-decoder.ts';
import { createTokenizer } from './tokenizer.ts';
import { byteLevelData, sentencePieceData } from './vocabulary-fixture.ts';

const byteLevel = createTokenizer(byteLevelData());
const sentencePiece = createTokenizer(sentencePieceData());
const pieces = (tokenizer: typeof byteLevel, ids: readonly number[]) => ids.map((id) => tokenizer.piece(id));
const idOf = (name: string) => byteLevelData().tokens.indexOf(name);

describe('byte-level BPE', () => {
  it('merges within words', () => {
    expect(pieces(byteLevel, byteLevel.encode('hello world'))).toEqual(['hello', '\u0120wo', 'r', 'l', 'd']);
    expect(byteLevel.encode('')).toEqual([]);
  });

  it('encodes special strings as text unless asked to parse them', () => {
    const plain = byteLevel.encode('<|start|>he<|end|>');
    expect(plain.some(byteLevel.isSpecial)).toBe(false);
    expect(byteLevel.decode(plain)).toBe('<|start|>he<|end|>');
    const parsed = byteLevel.encode('<|start|>he<|end|>', { special: 'parse' });
    expect(pieces(byteLevel, parsed)).toEqual(['<|start|>', 'he', '<|end|>']);
    expect(byteLevel.decode(parsed)).toBe('he');
    expect(byteLevel.decodeRaw(parsed)).toBe('<|start|>he<|end|>');
  });

  it('matches tokens that users added in any text', () => {
    expect(pieces(byteLevel, byteLevel.encode('he<tool>he'))).toEqual(['he', '<tool>', 'he']);
    expect(byteLevel.decode([idOf('<tool>')])).toBe('<tool>');
  });

  it('puts BOS before a raw prompt where the model wants it', () => {
    const wants = createTokenizer(byteLevelData({ addBos: true }));
    expect(wants.encodePrompt('he')).toEqual([idOf('<|begin|>'), idOf('he')]);
    expect(wants.encodePrompt('')).toEqual([idOf('<|begin|>')]);
    expect(wants.encode('he')).toEqual([idOf('he')]);
    expect(byteLevel.encodePrompt('<|end|>')).toEqual(byteLevel.encode('<|end|>'));
  });

  it('decodes ids that no token has to nothing', () => {
    expect(byteLevel.decode([99_999, -1, idOf('he')])).toBe('he');
    expect(byteLevel.piece(99_999)).toBe('');
  });
});

describe('SentencePiece BPE', () => {
  it('merges the pair whose token has the highest score, wherever it stands', () => {
    expect(pieces(sentencePiece, sentencePiece.encode('abc'))).toEqual(['\u2581a', 'bc']);
    expect(pieces(sentencePiece, sentencePiece.encode('ccab'))).toEqual(['\u2581', 'c', 'c', 'ab']);
  });

  it('gives pairs that make one token one rank, so that the leftmost merges first', () => {
    const tokens = ['<unk>', 'a', 'aa', 'aaa'];
    const data = { tokens, tokenTypes: Int32Array.of(2, 1, 1, 1), scores: Float32Array.of(0, -3, -2, -1) };
    const tokenizer = createTokenizer(sentencePieceData({ ...data, addSpacePrefix: false }));
    expect(pieces(tokenizer, tokenizer.encode('aaaaa'))).toEqual(['aaa', 'aa']);
  });

  it('falls back to bytes', () => {
    expect(pieces(sentencePiece, sentencePiece.encode('é'))).toEqual(['\u2581', '<0xC3>', '<0xA9>']);
    expect(sentencePiece.decode(sentencePiece.encode('aé\n '))).toBe('aé\n ');
  });

  it('never merges plain text into a control token', () => {
    expect(pieces(sentencePiece, sentencePiece.encode('<s>'))).toEqual(['\u2581', '<', 's>']);
  });

  it('puts the space only where a text begins', () => {
    expect(pieces(sentencePiece, sentencePiece.encode('c', { place: 'inside' }))).toEqual(['c']);
    expect(pieces(sentencePiece, sentencePiece.encode('</s>c', { special: 'parse' }))).toEqual([
      '</s>',
      '\u2581',
      'c',
    ]);
    expect(sentencePiece.decode(sentencePiece.encode(' a'))).toBe(' a');
  });
});

it('encodes lone surrogates as U+FFFD', () => {
  for (const tokenizer of [byteLevel, sentencePiece]) {
    expect(tokenizer.decode(tokenizer.encode('a\ud83d b\udc00'))).toBe('a\ufffd b\ufffd');
  }
});

const kinds = [byteLevel, sentencePiece];

const character = fc
  .oneof(
    fc.nat({ max: 0x7f }),
    fc.integer({ min: 0x80, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  )
  .map((code) => String.fromCodePoint(code));

it('gives any text back', () => {
  fc.assert(
    fc.property(fc.string({ unit: character }), fc.constantFrom(...kinds), (text, tokenizer) => {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }),
  );
});

it('streams exactly what it decodes, and no half character', () => {
  const ids = fc.array(fc.nat({ max: byteLevel.vocabSize + 2 }), { maxLength: 40 });
  fc.assert(
    fc.property(ids, fc.constantFrom(...kinds), (list, tokenizer) => {
      const decoder = createStreamingDecoder(tokenizer);
      const parts = [...list.map((id) => decoder.push(id)), decoder.flush()];
      expect(parts.join('')).toBe(tokenizer.decode(list));
      for (const part of parts) expect(Buffer.from(part).toString()).toBe(part);
    }),
  );
});

it('holds back an unfinished character and says so at the end', () => {
  const decoder = createStreamingDecoder(sentencePiece);
  const [, first = 0, second = 0] = sentencePiece.encode('é');
  expect([decoder.push(first), decoder.push(second), decoder.push(first), decoder.flush()]).toEqual([
    '',
    'é',
    '',
    '\ufffd',
  ]);
});

it('drops the leading space once, also after special tokens and in a stream', () => {
  const ids = [1, ...sentencePiece.encode('a'), ...sentencePiece.encode('a')];
  expect(sentencePiece.decode(ids)).toBe('a a');
  const decoder = createStreamingDecoder(sentencePiece);
  expect(ids.map((id) => decoder.push(id)).join('')).toBe('a a');
  expect(sentencePiece.decodeRaw(ids)).toBe('<s> a a');
});

it.each([
  ['unsupported_tokenizer', byteLevelData({ pre: 'tekken' }), /tekken/],
  ['unsupported_tokenizer', byteLevelData({ model: 'rwkv' }), /rwkv/],
  ['bad_tokenizer', byteLevelData({ merges: undefined }), /merges/],
  ['bad_tokenizer', sentencePieceData({ scores: undefined }), /scores/],
] as const)('refuses with %s', (code, data, message) => {
  expect(() => createTokenizer(data)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

it('encodes 100,000 characters in one word quickly', () => {
  const start = performance.now();
  sentencePiece.encode('ab'.repeat(50_000));
  expect(performance.now() - start).toBeLessThan(2000);
});
