// Tests that a text that is too long is rejected before it is encoded, and that a text within the token limit is not.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BYTE_CHARACTERS } from '../../base/model/byte-characters.ts';
import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { createTokenizer, type Tokenizer } from '../tokenizer.ts';
import { byteLevelData, sentencePieceData } from './vocabulary-fixture.ts';

function jsonTokenizer(changes: JsonObject): Tokenizer {
  const vocab = Object.fromEntries([...BYTE_CHARACTERS, 'aa', 'aaaa'].map((piece, id) => [piece, id]));
  const definition: JsonObject = {
    model: { type: 'BPE', vocab, merges: ['a a', 'aa aa'] },
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
    decoder: { type: 'ByteLevel' },
    added_tokens: [{ id: 258, content: '<tool> <tool>', special: false, normalized: false }],
    ...changes,
  };
  return createTokenizer({ kind: 'files', definition, eosIds: [], addBos: false });
}

const strip = { id: 258, content: '<tool>', special: false, normalized: false, lstrip: true };
const digits = { type: 'Split', pattern: { Regex: '\\d' }, behavior: 'Removed' };
const sequence = {
  type: 'Sequence',
  pretokenizers: [digits, { type: 'ByteLevel', add_prefix_space: false }],
};
const TOKENIZERS: Readonly<Record<string, Tokenizer>> = {
  'byte-level': createTokenizer(byteLevelData()),
  SentencePiece: createTokenizer(sentencePieceData()),
  'SentencePiece without extra spaces': createTokenizer(sentencePieceData({ removeExtraSpaces: true })),
  'tokenizer.json': jsonTokenizer({}),
  'a normalizer that removes text': jsonTokenizer({ normalizer: { type: 'Strip' } }),
  'a pre-tokenizer that removes text': jsonTokenizer({ pre_tokenizer: sequence }),
  'an added token that strips white space': jsonTokenizer({ added_tokens: [strip] }),
};
const tokenizerEntries = Object.entries(TOKENIZERS);

const unit = fc.constantFrom(
  'a',
  'aaaa',
  ' ',
  '    ',
  '1',
  '<tool> <tool>',
  '<tool>',
  'hello',
  '\u{1f600}',
  'é',
);

describe.each(tokenizerEntries)('`encode` with a token limit (%s)', (_, tokenizer) => {
  it('does not reject a text within the token limit', () => {
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), fc.constantFrom('plain', 'parse'), (text, special) => {
        const ids = tokenizer.encode(text, { special });
        expect(tokenizer.encode(text, { special, holds: ids.length + 1 })).toEqual(ids);
        // The reported minimum is a lower bound.
        const holds = Math.max(1, Math.floor(ids.length / 2));
        let minimum = ids.length;
        try {
          expect(tokenizer.encode(text, { special, holds })).toEqual(ids);
        } catch (error) {
          expect(error).toMatchObject({ code: 'context_length_exceeded' });
          minimum = Number(/at least (\d+) tokens/.exec(String(error))?.[1]);
          expect(minimum).toBeGreaterThanOrEqual(holds);
        }
        expect(minimum).toBeLessThanOrEqual(ids.length);
      }),
    );
  });
});

it('encodeSteps rejects a long text before scanning it', () => {
  for (const name of ['byte-level', 'SentencePiece', 'tokenizer.json']) {
    const steps = TOKENIZERS[name]?.encodeSteps('w'.repeat(100_000), { holds: 1000 });
    expect(() => steps?.next(), name).toThrow(expect.objectContaining({ code: 'context_length_exceeded' }));
  }
});

it('encodeSteps stops when the token limit is reached', () => {
  const steps = TOKENIZERS['a normalizer that removes text']?.encodeSteps('a b '.repeat(100_000), {
    holds: 1000,
  });
  let count = 0;
  expect(() => {
    while (steps?.next().done === false) count++;
  }).toThrow(/the prompt has at least 1\d{3} tokens, and the context has 1000/);
  expect(count).toBeLessThan(200);
});
