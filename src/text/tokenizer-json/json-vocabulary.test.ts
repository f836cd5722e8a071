import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';
import { finish } from '../../base/steps.ts';
import { createTokenizer } from '../tokenizer.ts';
import { createNormalizer } from './json-normalizer.ts';

const SPACE = '\u2581';
const SPECIAL = { id: 20, content: '<|end|>', special: true };

function tokenizerOf(definition: JsonObject, eosIds: readonly number[] = []) {
  return createTokenizer({ kind: 'files', definition, eosIds, addBos: false });
}

function byteLevelDefinition(changes: JsonObject = {}, model: JsonObject = {}): JsonObject {
  const vocab = { a: 0, b: 1, '\u0120': 2, ab: 3, '\u0120a': 4, '1': 5, '2': 6, '12': 7 };
  return {
    model: { type: 'BPE', vocab, merges: ['a b', ['\u0120', 'a'], '1 2'], ...model },
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
    decoder: { type: 'ByteLevel' },
    added_tokens: [SPECIAL],
    ...changes,
  };
}

function metaspaceDefinition(changes: JsonObject = {}): JsonObject {
  const vocab = { '<unk>': 0, [SPACE]: 1, a: 2, [`${SPACE}a`]: 3, '<0xC3>': 4, '<0xA9>': 5 };
  return {
    model: { vocab, merges: [[SPACE, 'a']], byte_fallback: true, fuse_unk: true, unk_token: '<unk>' },
    pre_tokenizer: { type: 'Metaspace', replacement: SPACE, prepend_scheme: 'first', split: false },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: SPACE }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    added_tokens: [{ id: 0, content: '<unk>', special: true }, SPECIAL],
    ...changes,
  };
}

const encodeToPieces = (definition: JsonObject, text: string): string[] => {
  const tokenizer = tokenizerOf(definition);
  return tokenizer.encode(text, { special: 'parse' }).map((id) => tokenizer.piece(id));
};

describe('a byte-level tokenizer.json', () => {
  it('encodes and decodes texts', () => {
    expect(encodeToPieces(byteLevelDefinition(), 'ab a<|end|>')).toEqual(['ab', '\u0120a', '<|end|>']);
    expect(tokenizerOf(byteLevelDefinition()).decode([3, 4, 20])).toBe('ab a');
  });

  it('gives a repeated merge the rank of its last occurrence, and skips the version line of old files', () => {
    const vocab = { a: 0, b: 1, c: 2, ab: 3, bc: 4 };
    const merges = ['#version: 0.2', 'a b', 'b c', 'a b'];
    expect(encodeToPieces(byteLevelDefinition({}, { vocab, merges }), 'abc')).toEqual(['a', 'bc']);
  });

  it.each<[string, JsonValue, string[]]>([
    ['Digits', { type: 'Digits', individual_digits: true }, ['ab', '1', '2']],
    ['Split', { type: 'Split', pattern: { Regex: '\\d' }, behavior: 'Isolated' }, ['ab', '1', '2']],
    ['Split Removed', { type: 'Split', pattern: { String: '1' }, behavior: 'Removed' }, ['ab', '2']],
    [
      'inverted Split',
      { type: 'Split', pattern: { Regex: '\\d+' }, behavior: 'Removed', invert: true },
      ['12'],
    ],
  ])('splits by %s', (_, step, expected) => {
    const pretokenizers = [step, { type: 'ByteLevel', add_prefix_space: false, use_regex: false }];
    expect(
      encodeToPieces(byteLevelDefinition({ pre_tokenizer: { type: 'Sequence', pretokenizers } }), 'ab12'),
    ).toEqual(expected);
  });

  it('treats the long s as an s if the pattern ignores case', () => {
    const step = { type: 'Split', pattern: { Regex: "(?i:'s)|\\w+" }, behavior: 'Removed' };
    const model = { vocab: { "'": 0, s: 1, S: 2, '\u0166': 3, '\u017f': 4 }, merges: [] };
    for (const text of ["a's", "a'S", "a'\u017f"]) {
      expect(encodeToPieces(byteLevelDefinition({ pre_tokenizer: step }, model), text)).toEqual([]);
    }
  });

  it('normalizes a text before splitting it', () => {
    const normalizers = [{ type: 'NFKC' }, { type: 'Lowercase' }];
    expect(
      encodeToPieces(byteLevelDefinition({ normalizer: { type: 'Sequence', normalizers } }), '\uff21B'),
    ).toEqual(['ab']);
  });

  it('encodes a word that is a token as one token if ignore_merges is set', () => {
    const model = { vocab: { a: 0, b: 1, ab: 2, aba: 3 }, merges: [['a', 'b']], ignore_merges: true };
    expect(encodeToPieces(byteLevelDefinition({}, model), 'aba')).toEqual(['aba']);
  });

  it('never encodes plain text as a special token, even if the vocabulary lists the token', () => {
    const vocab = { '<': 0, s: 1, '>': 2, '<s': 3, '<s>': 4 };
    const model = { vocab, merges: ['< s', '<s >'], ignore_merges: true };
    const definition = byteLevelDefinition(
      { added_tokens: [{ id: 4, content: '<s>', special: true }] },
      model,
    );
    const split = { type: 'ByteLevel', use_regex: false };
    expect(tokenizerOf({ ...definition, pre_tokenizer: split }).encode('<s>')).not.toContain(4);
  });
});

describe('a tokenizer.json with byte fallback', () => {
  it('adds a space before the first segment, or before every segment with the prepend_scheme `always`', () => {
    expect(encodeToPieces(metaspaceDefinition(), 'a<|end|>a a')).toEqual([
      `${SPACE}a`,
      '<|end|>',
      'a',
      `${SPACE}a`,
    ]);
    const always = { type: 'Metaspace', replacement: SPACE, prepend_scheme: 'always', split: true };
    expect(encodeToPieces(metaspaceDefinition({ pre_tokenizer: always }), 'a<|end|>a')).toEqual([
      `${SPACE}a`,
      '<|end|>',
      `${SPACE}a`,
    ]);
  });

  it('reads the older form with the normalizers Prepend and Replace', () => {
    const normalizers = [
      { type: 'Prepend', prepend: SPACE },
      { type: 'Replace', pattern: { String: ' ' }, content: SPACE },
    ];
    const olderDefinition = metaspaceDefinition({
      pre_tokenizer: null,
      normalizer: { type: 'Sequence', normalizers },
    });
    expect(encodeToPieces(olderDefinition, 'a a')).toEqual([`${SPACE}a`, `${SPACE}a`]);
    expect(tokenizerOf(olderDefinition).encode('a', { place: 'inside' })).toEqual([2]);
  });

  it('encodes unknown characters as byte tokens, or as one unknown token if there are no byte tokens', () => {
    expect(encodeToPieces(metaspaceDefinition(), 'éxyz')).toEqual([SPACE, '<0xC3>', '<0xA9>', '<unk>']);
    expect(tokenizerOf(metaspaceDefinition()).decode([1, 4, 5, 3])).toBe('é a');
  });
});

it('`encode` strips white space next to added tokens with lstrip and rstrip', () => {
  const strippingToken = { id: 21, content: '<mask>', special: false, lstrip: true, rstrip: true };
  expect(encodeToPieces(byteLevelDefinition({ added_tokens: [strippingToken] }), 'a <mask> a')).toEqual([
    'a',
    '<mask>',
    'a',
  ]);
});

describe('added tokens of a tokenizer.json', () => {
  const normalizers = [
    { type: 'Prepend', prepend: SPACE },
    { type: 'Replace', pattern: { String: ' ' }, content: SPACE },
  ];
  const tool = { id: 21, content: '<tool>', special: false };
  const olderDefinition = (normalized: boolean): JsonObject =>
    metaspaceDefinition({
      pre_tokenizer: null,
      normalizer: { type: 'Sequence', normalizers },
      added_tokens: [{ id: 0, content: '<unk>', special: true }, SPECIAL, { ...tool, normalized }],
    });

  it('with the flag normalized are matched in the normalized text, which includes the added space', () => {
    expect(encodeToPieces(olderDefinition(true), '<tool>a')).toEqual(['<tool>', 'a']);
    expect(encodeToPieces(olderDefinition(true), 'a <tool> a')).toEqual([`${SPACE}a`, '<tool>', `${SPACE}a`]);
    expect(encodeToPieces(olderDefinition(true), 'a<tool>')).not.toContain('<tool>');
    expect(tokenizerOf(olderDefinition(true)).decode([21])).toBe('<tool>');
  });

  it('without the flag normalized are matched in the original text', () => {
    expect(encodeToPieces(olderDefinition(false), 'a<tool>a')).toEqual([`${SPACE}a`, '<tool>', `${SPACE}a`]);
  });

  it('are matched in lower case after the normalizer Lowercase', () => {
    const token = { id: 21, content: '<B>', special: false, normalized: true };
    const lower = byteLevelDefinition({ normalizer: { type: 'Lowercase' }, added_tokens: [token] });
    expect(encodeToPieces(lower, 'a<b>A<B>')).toEqual(['a', '<B>', 'a', '<B>']);
  });
});

describe('createNormalizer', () => {
  const normalizeText = (normalizer: JsonValue, text: string): string =>
    finish(createNormalizer(normalizer)(text, 'start'));
  const character = fc.oneof(
    fc.constantFrom(
      'a',
      ' ',
      '\u0301',
      '\u0323',
      '\u1100',
      '\u1161',
      '\uac00',
      '\u304b',
      '\u3099',
      '\uff76',
      '\uff9e',
    ),
    fc.constantFrom('\u03a3', '\u0130', '\u212b', '\u0344', '\u0958', '\u{1d15e}', '\ufb01', '\u00df'),
  );

  it.each(['NFC', 'NFD', 'NFKC', 'NFKD'])(
    '%s in blocks returns the result of String.prototype.normalize',
    (type) => {
      const longText = fc
        .array(character, { minLength: 20, maxLength: 30 })
        .map((characters) => characters.join('').repeat(500));
      fc.assert(
        fc.property(longText, (text) => {
          expect(normalizeText({ type }, text)).toBe(text.normalize(type));
        }),
        { numRuns: 20 },
      );
    },
  );

  it('lower-cases one character at a time', () => {
    expect(normalizeText({ type: 'Lowercase' }, '\u0391\u03a3 B')).toBe('\u03b1\u03c3 b');
  });

  it('strips only the ends of a text with a long run of spaces', () => {
    const text = `a${' '.repeat(100_000)}b`;
    expect(normalizeText({ type: 'Strip' }, ` ${text} `)).toBe(text);
  });
});

describe('the pipelines of a tokenizer.json', () => {
  const digits = { type: 'Digits', individual_digits: true };
  const tenfoldStep = { type: 'Replace', pattern: { String: 'a' }, content: 'aaaaaaaaaa' };
  const sequenceOf = (list: string, step: JsonObject, count: number): JsonObject => ({
    type: 'Sequence',
    [list]: new Array<JsonObject>(count).fill(step),
  });
  const nest = (list: string, depth: number, innermost: JsonObject): JsonObject => {
    let node = innermost;
    for (let count = 0; count < depth; count++) node = { type: 'Sequence', [list]: [node] };
    return node;
  };

  it.each<[string, JsonObject]>([
    ['more than 100 pretokenizers', { pre_tokenizer: sequenceOf('pretokenizers', digits, 20_000) }],
    ['more than 100 normalizers', { normalizer: sequenceOf('normalizers', { type: 'NFC' }, 20_000) }],
    ['more than 100 decoders', { decoder: sequenceOf('decoders', { type: 'Fuse' }, 20_000) }],
    [
      'ByteLevel more than 2 times',
      { pre_tokenizer: sequenceOf('pretokenizers', { type: 'ByteLevel' }, 40) },
    ],
  ])('are rejected: %s', (feature, part) => {
    expect(() => tokenizerOf(byteLevelDefinition(part))).toThrow(
      expect.objectContaining({ code: 'unsupported_tokenizer', message: expect.stringContaining(feature) }),
    );
  });

  it('may contain deeply nested sequences, which are flattened', () => {
    const deep = byteLevelDefinition({
      normalizer: nest('normalizers', 50_000, { type: 'Lowercase' }),
      pre_tokenizer: nest('pretokenizers', 50_000, sequenceOf('pretokenizers', digits, 3)),
      decoder: nest('decoders', 50_000, { type: 'ByteLevel' }),
    });
    expect(encodeToPieces(deep, 'AB12')).toEqual(['ab', '1', '2']);
  });

  it('throw bad_tokenizer if a text grows beyond the limit', () => {
    const encodeWith = (normalizer: JsonObject) => () =>
      tokenizerOf(byteLevelDefinition({ normalizer, added_tokens: [] })).encode('a'.repeat(1000));
    const growthError = expect.objectContaining({
      code: 'bad_tokenizer',
      message: expect.stringContaining('expands one character to more than 64'),
    });
    expect(encodeWith(sequenceOf('normalizers', tenfoldStep, 1))).not.toThrow();
    expect(encodeWith(sequenceOf('normalizers', tenfoldStep, 12))).toThrow(growthError);
    expect(encodeWith({ ...tenfoldStep, content: 'a'.repeat(1_000_000) })).toThrow(growthError);
    expect(encodeWith({ type: 'Prepend', prepend: 'a'.repeat(1_000_000) })).toThrow(growthError);
  });
});

it('createTokenizer treats EOS as special regardless of its flag', () => {
  const definition = byteLevelDefinition({ added_tokens: [{ ...SPECIAL, special: false }] });
  expect(tokenizerOf(definition).isSpecial(20)).toBe(false);
  expect(tokenizerOf(definition, [20]).isSpecial(20)).toBe(true);
});

it.each<[string, JsonObject]>([
  ['model Unigram', byteLevelDefinition({}, { type: 'Unigram', vocab: [['<unk>', 0]] })],
  ['model Unigram', byteLevelDefinition({ model: { unk_id: 0, vocab: [['<unk>', 0]] } })],
  ['dropout', byteLevelDefinition({}, { dropout: 0.1 })],
  ['normalizer BertNormalizer', byteLevelDefinition({ normalizer: { type: 'BertNormalizer' } })],
  ['pre-tokenizer Whitespace', byteLevelDefinition({ pre_tokenizer: { type: 'Whitespace' } })],
  ['decoder WordPiece', byteLevelDefinition({ decoder: { type: 'WordPiece' } })],
  ['a missing decoder', byteLevelDefinition({ decoder: null })],
  ['single_word', byteLevelDefinition({ added_tokens: [{ ...SPECIAL, single_word: true }] })],
  ['spaces', byteLevelDefinition({}, { merges: [['a b', 'c']] })],
])(
  'createTokenizer rejects an unsupported feature, and the error names the feature: %s',
  (feature, definition) => {
    expect(() => tokenizerOf(definition)).toThrow(
      expect.objectContaining({ code: 'unsupported_tokenizer', message: expect.stringContaining(feature) }),
    );
  },
);

it.each<[string, JsonObject]>([
  ['no model', {}],
  ['an id above the limit', byteLevelDefinition({}, { vocab: { a: 1e9 }, merges: [] })],
  ['an id far above the number of tokens', byteLevelDefinition({}, { vocab: { a: 100_000 }, merges: [] })],
  [
    'a space replacement of two characters',
    byteLevelDefinition({ pre_tokenizer: { type: 'Metaspace', replacement: 'xx' } }),
  ],
  ['merges that are not pairs', byteLevelDefinition({}, { merges: [['a']] })],
  ['a merge of one piece', byteLevelDefinition({}, { merges: ['a b', 'a'] })],
  ['a merge of three pieces', byteLevelDefinition({}, { merges: ['a b 1'] })],
  ['a merge whose result is not a token', byteLevelDefinition({}, { merges: ['a b', 'b a'] })],
  [
    'a merge of a piece that is not a token',
    byteLevelDefinition({}, { vocab: { a: 0, ab: 1 }, merges: ['a b'] }),
  ],
  ['no merges', byteLevelDefinition({}, { merges: null })],
  [
    'an invalid pattern',
    byteLevelDefinition({ pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated' } }),
  ],
])('createTokenizer throws bad_tokenizer for %s', (_, definition) => {
  expect(() => tokenizerOf(definition)).toThrow(expect.objectContaining({ code: 'bad_tokenizer' }));
});
