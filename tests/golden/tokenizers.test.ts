// Small tokenizer.json files and patterns, compared with the library `tokenizers` (tools/golden/tokenizers_cases.py).

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/model/tokenizer-data.ts';
import { splitAtMatches } from '../../src/text/pre-tokenizer/split-text.ts';
import { createTokenizer } from '../../src/text/tokenizer.ts';
import { readPattern } from '../../src/text/tokenizer-json/json-pattern.ts';

interface Case {
  readonly definition: JsonObject;
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
  readonly decoded: readonly string[];
}

interface Golden {
  readonly tokenizers: Record<string, Case>;
  readonly texts: readonly string[];
  /** end offsets of the pieces in code points, by pattern and text */
  readonly patterns: Record<string, readonly (readonly number[])[]>;
}

const file = new URL('./fixtures/tokenizers.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;

describe('a tokenizer.json', () => {
  it.each(Object.entries(golden.tokenizers))(
    'with %s encodes and decodes as the library does',
    (_, { definition, texts, ids, decoded }) => {
      const tokenizer = createTokenizer({ kind: 'files', definition, eosIds: [], addBos: false });
      const encoded = texts.map((text) => tokenizer.encode(text, { special: 'parse' }));
      expect(encoded).toEqual(ids);
      expect(encoded.map((tokens) => tokenizer.decode(tokens))).toEqual(decoded);
    },
  );
});

describe('a pattern', () => {
  it.each(Object.entries(golden.patterns))('%j splits as Oniguruma does', (Regex, expected) => {
    const split = splitAtMatches(readPattern({ Regex }));
    const ends = golden.texts.map((text) => {
      let end = 0;
      const pieces = [...split(text)].filter((piece) => piece !== undefined);
      return pieces.map((piece) => (end += Array.from(piece).length));
    });
    expect(ends).toEqual(expected);
  });
});
