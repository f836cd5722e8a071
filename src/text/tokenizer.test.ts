import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStreamingDecoder } from './streaming-decoder.ts';
import { createTokenizer } from './tokenizer.ts';
import { byteLevelData, sentencePieceData } from './vocabulary/vocabulary-fixture.ts';

const byteLevel = createTokenizer(byteLevelData());
const sentencePiece = createTokenizer(sentencePieceData());
const pieces = (tokenizer: typeof byteLevel, ids: readonly number[]) => ids.map((id) => tokenizer.piece(id));
const idOf = (name: string) => byteLevelData().tokens.indexOf(name);

describe('byte-level BPE', () => {
  it('merges characters within words', () => {
    expect(pieces(byteLevel, byteLevel.encode('hello world'))).toEqual(['hello', '\u0120wo', 'r', 'l', 'd']);
    expect(byteLevel.encode('')).toEqual([]);
  });

  it('encodes special strings as text unless the option special is `parse`', () => {
    const plainIds = byteLevel.encode('<|start|>he<|end|>');
    expect(plainIds.some(byteLevel.isSpecial)).toBe(false);
    expect(byteLevel.decode(plainIds)).toBe('<|start|>he<|end|>');
    const parsed = byteLevel.encode('<|start|>he<|end|>', { special: 'parse' });
    expect(pieces(byteLevel, parsed)).toEqual(['<|start|>', 'he', '<|end|>']);
    expect(byteLevel.decode(parsed)).toBe('he');
    expect(byteLevel.decodeRaw(parsed)).toBe('<|start|>he<|end|>');
  });

  it('matches added tokens in any text', () => {
    expect(pieces(byteLevel, byteLevel.encode('he<tool>he'))).toEqual(['he', '<tool>', 'he']);
    expect(byteLevel.decode([idOf('<tool>')])).toBe('<tool>');
  });

  it('replaces a merged piece that is not a token by its ASCII characters', () => {
    const data = byteLevelData();
    const tokenizer = createTokenizer({ ...data, merges: [...(data.merges ?? []), 'hello hello'] });
    const pieces = (text: string) => tokenizer.encode(text).map((id) => tokenizer.piece(id));
    expect(pieces('hellohello')).toEqual([...'hellohello']);
    expect(tokenizer.decode(tokenizer.encode('hellohello'))).toBe('hellohello');
  });

  it('encodePrompt starts with BOS if the model expects it', () => {
    const bosTokenizer = createTokenizer(byteLevelData({ addBos: true }));
    expect(bosTokenizer.encodePrompt('he')).toEqual([idOf('<|begin|>'), idOf('he')]);
    expect(bosTokenizer.encodePrompt('')).toEqual([idOf('<|begin|>')]);
    expect(bosTokenizer.encode('he')).toEqual([idOf('he')]);
    expect(byteLevel.encodePrompt('<|end|>')).toEqual(byteLevel.encode('<|end|>'));
  });

  it('returns the same text from decodeRawAsync as from decodeRaw, even if a character spans several tokens', async () => {
    const ids = Array.from({ length: 3000 }, (_, i) => (i * 7) % byteLevel.vocabSize);
    expect(await byteLevel.decodeRawAsync(ids)).toBe(byteLevel.decodeRaw(ids));
    const euros = byteLevel.encode('€'.repeat(300));
    expect(euros.length).toBeGreaterThan(300);
    expect(await byteLevel.decodeRawAsync(euros)).toBe('€'.repeat(300));
  });

  it('decodes ids without a token to an empty text', () => {
    expect(byteLevel.decode([99_999, -1, idOf('he')])).toBe('he');
    expect(byteLevel.piece(99_999)).toBe('');
  });
});

describe('SentencePiece BPE', () => {
  it('merges the pair whose token has the highest score, at any position', () => {
    expect(pieces(sentencePiece, sentencePiece.encode('abc'))).toEqual(['\u2581a', 'bc']);
    expect(pieces(sentencePiece, sentencePiece.encode('ccab'))).toEqual(['\u2581', 'c', 'c', 'ab']);
  });

  it('gives pairs that form the same token the same rank, so that the leftmost pair is merged first', () => {
    const tokens = ['<unk>', 'a', 'aa', 'aaa'];
    const data = { tokens, tokenTypes: Int32Array.of(2, 1, 1, 1), scores: Float32Array.of(0, -3, -2, -1) };
    const tokenizer = createTokenizer(sentencePieceData({ ...data, addSpacePrefix: false }));
    expect(pieces(tokenizer, tokenizer.encode('aaaaa'))).toEqual(['aaa', 'aa']);
  });

  it('encodes characters without a token as byte tokens', () => {
    expect(pieces(sentencePiece, sentencePiece.encode('é'))).toEqual(['\u2581', '<0xC3>', '<0xA9>']);
    expect(sentencePiece.decode(sentencePiece.encode('aé\n '))).toBe('aé\n ');
  });

  it('never merges plain text into a control token', () => {
    expect(pieces(sentencePiece, sentencePiece.encode('<s>'))).toEqual(['\u2581', '<', 's>']);
  });

  it('adds a space at the start of a text and after a special token, but not inside a text', () => {
    expect(pieces(sentencePiece, sentencePiece.encode('c', { place: 'inside' }))).toEqual(['c']);
    expect(pieces(sentencePiece, sentencePiece.encode('</s>c', { special: 'parse' }))).toEqual([
      '</s>',
      '\u2581',
      'c',
    ]);
    expect(sentencePiece.decode(sentencePiece.encode(' a'))).toBe(' a');
  });
});

describe('SentencePiece from a tokenizer.model', () => {
  it('removes extra spaces if the model does', () => {
    const tokenizer = createTokenizer(sentencePieceData({ removeExtraSpaces: true }));
    expect(pieces(tokenizer, tokenizer.encode('  a   b  '))).toEqual(['\u2581a', '\u2581', 'b']);
    expect(tokenizer.encode('   ')).toEqual([]);
    expect(pieces(tokenizer, tokenizer.encode('  b ', { place: 'inside' }))).toEqual(['\u2581', 'b']);
  });

  it('encodes a run of unknown characters as one token if there are no byte tokens', () => {
    const tokens = ['<unk>', '\u2581', 'a'];
    const types = { tokenTypes: Int32Array.of(2, 1, 1), scores: Float32Array.of(0, -1, -2) };
    const tokenizer = createTokenizer(sentencePieceData({ tokens, ...types, eosIds: [], bosId: 1 }));
    expect(pieces(tokenizer, tokenizer.encode('aéüa'))).toEqual(['\u2581', 'a', '<unk>', 'a']);
  });
});

describe('BPE over characters', () => {
  const tokens = ['<unk>', '\u2581', 'a', 'b', '\u2581a', '\n', '\n\n', '<0xC3>', '<0xA9>', '<tool>'];
  const tokenizer = createTokenizer(
    byteLevelData({
      model: 'gemma4',
      pre: 'gemma4',
      tokens,
      tokenTypes: Int32Array.of(2, 1, 1, 1, 1, 1, 1, 6, 6, 4),
      merges: ['\u2581 a'],
      eosIds: [],
    }),
  );

  it('replaces spaces with U+2581, encodes a run of line ends as one token, and unknown characters as bytes', () => {
    const ids = tokenizer.encode('a a\n\nbé<tool>');
    expect(pieces(tokenizer, ids)).toEqual(['a', '\u2581a', '\n\n', 'b', '<0xC3>', '<0xA9>', '<tool>']);
    expect(tokenizer.decode(ids)).toBe('a a\n\nbé<tool>');
  });
});

it('`encode` returns one token for a word of the vocabulary if the pre-tokenizer type ignores merges', () => {
  const { tokens, tokenTypes } = byteLevelData();
  const vocabulary = { tokens: [...tokens, 'lol'], tokenTypes: Int32Array.from([...tokenTypes, 1]) };
  const encode = (pre: string): string[] => {
    const tokenizer = createTokenizer(byteLevelData({ ...vocabulary, pre }));
    return pieces(tokenizer, tokenizer.encode('lol'));
  };
  expect(encode('llama-bpe')).toEqual(['lol']);
  expect(encode('qwen2')).toEqual(['l', 'o', 'l']);
});

it('`encode` converts lone surrogates to U+FFFD', () => {
  for (const tokenizer of [byteLevel, sentencePiece]) {
    expect(tokenizer.decode(tokenizer.encode('a\ud83d b\udc00'))).toBe('a\ufffd b\ufffd');
  }
});

const tokenizers = [byteLevel, sentencePiece];

const character = fc
  .oneof(
    fc.nat({ max: 0x7f }),
    fc.integer({ min: 0x80, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  )
  .map((code) => String.fromCodePoint(code));

it('`decode` returns the text that was encoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: character }), fc.constantFrom(...tokenizers), (text, tokenizer) => {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }),
  );
});

it('a streaming decoder returns the text of `decode`, without partial characters', () => {
  const idLists = fc.array(fc.nat({ max: byteLevel.vocabSize + 2 }), { maxLength: 40 });
  fc.assert(
    fc.property(idLists, fc.constantFrom(...tokenizers), (ids, tokenizer) => {
      const decoder = createStreamingDecoder(tokenizer);
      const parts = [...ids.map((id) => decoder.push(id)), decoder.flush()];
      expect(parts.join('')).toBe(tokenizer.decode(ids));
      for (const part of parts) expect(Buffer.from(part).toString()).toBe(part);
    }),
  );
});

it('a streaming decoder buffers an incomplete character, for which `flush` returns U+FFFD', () => {
  const decoder = createStreamingDecoder(sentencePiece);
  const [, first = 0, second = 0] = sentencePiece.encode('é');
  expect([decoder.push(first), decoder.push(second), decoder.push(first), decoder.flush()]).toEqual([
    '',
    'é',
    '',
    '\ufffd',
  ]);
});

it('`decode` and a streaming decoder remove only the first leading space, even after a special token', () => {
  const ids = [1, ...sentencePiece.encode('a'), ...sentencePiece.encode('a')];
  expect(sentencePiece.decode(ids)).toBe('a a');
  const decoder = createStreamingDecoder(sentencePiece);
  expect(ids.map((id) => decoder.push(id)).join('')).toBe('a a');
  expect(sentencePiece.decodeRaw(ids)).toBe('<s> a a');
});

it('`encode` matches added tokens with both values of the option special', () => {
  for (const special of ['plain', 'parse'] as const) {
    const ids = byteLevel.encode('he<tool><|end|>', { special });
    expect(pieces(byteLevel, ids).slice(0, 2)).toEqual(['he', '<tool>']);
    expect(ids.some(byteLevel.isSpecial)).toBe(special === 'parse');
  }
});

it('`encode` strips white space next to tokens that are marked in `strips`', () => {
  const strips = new Map([[idOf('<|end|>'), { left: true, right: true }]]);
  const tokenizer = createTokenizer(byteLevelData({ strips }));
  const parsed = tokenizer.encode('he \u0085<|end|>\n he', { special: 'parse' });
  expect(pieces(tokenizer, parsed)).toEqual(['he', '<|end|>', 'he']);
});

it.each([
  ['unsupported_tokenizer', byteLevelData({ pre: 'tekkan' }), /tekkan/],
  ['unsupported_tokenizer', byteLevelData({ model: 'rwkv' }), /rwkv/],
  ['bad_tokenizer', byteLevelData({ merges: undefined }), /merges/],
  ['bad_tokenizer', sentencePieceData({ scores: undefined }), /scores/],
] as const)('createTokenizer throws %s', (code, data, message) => {
  expect(() => createTokenizer(data)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

it('`encode` takes less than two seconds for a word of 100,000 characters', () => {
  const start = performance.now();
  sentencePiece.encode('ab'.repeat(50_000));
  expect(performance.now() - start).toBeLessThan(2000);
});
