// Checks that rendering and tokenizing take linear time: a text that is twice as long may need at most 2.2 times as many
// character accesses and tokens, for any content, template and kind of tokenizer. Instead of measuring time, the test counts
// character accesses, see tests/support/count-characters.ts.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/model/tokenizer-data.ts';
import type { ChatMessage } from '../../src/completion/chat-message.ts';
import { StopStrings } from '../../src/sampler/stop-strings.ts';
import { createChatTemplate } from '../../src/text/chat-template.ts';
import { createStreamingDecoder } from '../../src/text/streaming-decoder.ts';
import { createTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';
import { byteLevelData, sentencePieceData } from '../../src/text/vocabulary/vocabulary-fixture.ts';
import { countCharacters } from '../support/count-characters.ts';
import { type ControlTokens, controlVocabulary } from '../support/models/control-vocabulary.ts';

const FULL = process.env.QUIRE_FULL === '1';
const LENGTH = FULL ? 6000 : 500;

const REPEATED_TEXTS: Readonly<Record<string, string>> = {
  'a word': 'w',
  'two words': 'he llo',
  spaces: ' ',
  newlines: '\n',
  'newlines and spaces': ' \n',
  'private characters': '\ue000\ue001',
  emoji: '\u{1f600}',
  'combining marks': '\u0301\u0316',
  digits: '7',
  'JSON escapes': '\\ue000"',
  'strings that templates search for': '</think><tool_call>\n</tool_call>{%',
};

/**
 * Checks that `run` needs at most 2.2 times as much work for a text of twice the length. The work for an empty text is not
 * counted.
 */
function expectLinear(description: string, unit: string, run: (text: string) => number): void {
  const workOf = (length: number): number => {
    const text = unit.repeat(Math.ceil(length / unit.length));
    let tokens = 0;
    const characters = countCharacters(() => {
      tokens = run(text);
    });
    return characters + tokens;
  };
  run(unit); // initializes everything that is created on first use
  const constantWork = workOf(0);
  const singleWork = workOf(LENGTH) - constantWork;
  const doubleWork = workOf(2 * LENGTH) - constantWork;
  expect(singleWork, description).toBeGreaterThanOrEqual(0);
  expect(doubleWork, `${description}: ${singleWork} and ${doubleWork}`).toBeLessThan(
    2.2 * Math.max(singleWork, 1),
  );
}

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const golden = JSON.parse(read('./fixtures/templates.json')) as {
  models: Record<string, { tokens: ControlTokens }>;
};

describe.each(Object.entries(golden.models))('the template %s', (name, { tokens }) => {
  const tokenizer = createTokenizer(controlVocabulary(tokens));
  const template = createChatTemplate(
    { chatTemplates: new Map([['default', read(`./templates/${name}.jinja`)]]) },
    tokenizer,
    { now: () => new Date(2026, 8, 3) },
  );
  const [control = ''] = tokenizer.controlStrings.filter((text) => text.length > 4).slice(-1);
  const units = {
    ...REPEATED_TEXTS,
    'control strings': control,
    'beginnings of control strings': control.slice(0, -2),
    'ends of control strings': control.slice(2),
    'first characters of control strings': control.slice(0, 1),
  };

  it.each(Object.entries(units))('is rendered and tokenized in linear time with %s', (description, unit) => {
    expectLinear(description, unit, (text) => {
      const messages: ChatMessage[] = [{ role: 'user', content: text }];
      return template.encode(messages).tokens.length;
    });
  });

  it('continues a history in linear time', () => {
    const turnOf = (content: string): ChatMessage[] => [
      { role: 'user', content },
      { role: 'assistant', content },
    ];
    expectLinear('a history', ` ${control}\n`, (text) => {
      const history = turnOf(text);
      const previous = template.encode(history, { addGenerationPrompt: false });
      return template.encode([...history, { role: 'user', content: text }], { previous }).tokens.length;
    });
  });
});

const TOOL = { id: 300, content: '<tool>', special: false, normalized: true };
const END = { id: 301, content: '<|end|>', special: true, lstrip: true, rstrip: true };

function jsonTokenizer(changes: JsonObject): Tokenizer {
  const pieces = [...new Set('abcdefghijklmnopqrstuvwxyz0123456789 \n\u0120\u010a\u2581<>|'.split(''))];
  const vocab = Object.fromEntries(
    [...pieces, 'll', 'he', 'ww', 'wwww', '77'].map((piece, id) => [piece, id]),
  );
  const definition: JsonObject = {
    model: { type: 'BPE', vocab, merges: ['l l', 'h e', 'w w', 'ww ww', '7 7'] },
    decoder: { type: 'ByteLevel' },
    added_tokens: [TOOL, END],
    ...changes,
  };
  return createTokenizer({ kind: 'files', definition, eosIds: [301], addBos: false });
}

const metaspace = { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'first', split: true };
const normalizers = [
  { type: 'NFKC' },
  { type: 'Lowercase' },
  { type: 'NFD' },
  { type: 'StripAccents' },
  { type: 'Strip' },
  { type: 'Prepend', prepend: '\u2581' },
  { type: 'Replace', pattern: { String: ' ' }, content: '\u2581' },
  { type: 'Replace', pattern: { Regex: '(a+)+$|\\s+$|w+x' }, content: '' },
];
const pretokenizers = [
  { type: 'Digits', individual_digits: true },
  {
    type: 'Split',
    pattern: { Regex: '(?i:w+\\s)|\\p{L}+(?=\\d)|\\s*\\n|(?:he|ll)+x' },
    behavior: 'Isolated',
  },
  { type: 'ByteLevel', add_prefix_space: true, use_regex: true },
];
const sentencePiece = sentencePieceData();
const tokensWithUserDefined = [...sentencePiece.tokens, 'he', '\u2581\u2581'];

const TOKENIZERS: Readonly<Record<string, Tokenizer>> = {
  ...Object.fromEntries(
    [
      'default',
      'gpt-2',
      'llama-bpe',
      'deepseek-llm',
      'gpt-4o',
      'jais-2',
      'superbpe',
      'tiny_aya',
      'chameleon',
    ].map((pre) => [pre, createTokenizer(byteLevelData({ pre }))]),
  ),
  gemma4: createTokenizer({ ...byteLevelData(), model: 'gemma4', pre: 'gemma4' }),
  SentencePiece: createTokenizer(sentencePiece),
  'a tokenizer.model': createTokenizer({
    ...sentencePiece,
    tokens: tokensWithUserDefined,
    tokenTypes: Int32Array.of(...sentencePiece.tokenTypes, 4, 4),
    scores: Float32Array.of(...(sentencePiece.scores ?? []), 0, 0),
    normalizedIds: new Set([tokensWithUserDefined.length - 2, tokensWithUserDefined.length - 1]),
    removeExtraSpaces: true,
  }),
  'with every normalizer': jsonTokenizer({
    normalizer: { type: 'Sequence', normalizers },
    pre_tokenizer: metaspace,
  }),
  'with every pre-tokenizer': jsonTokenizer({ pre_tokenizer: { type: 'Sequence', pretokenizers } }),
  'without normalizers and pre-tokenizers': jsonTokenizer({}),
};

describe.each(Object.entries(TOKENIZERS))('the tokenizer %s', (_name, tokenizer) => {
  const units = {
    ...REPEATED_TEXTS,
    'added tokens with white space': ' <|end|> ',
    'added tokens': '<tool><|end|>',
    'beginnings of added tokens': '<|en',
  };

  it.each(Object.entries(units))('encodes %s in linear time', (description, unit) => {
    expectLinear(description, unit, (text) => {
      const parsed = tokenizer.encode(text, { special: 'parse' });
      return parsed.length + tokenizer.encode(text).length;
    });
  });
});

it('decoding an answer and searching it for stop strings take linear time', () => {
  const tokenizer = TOKENIZERS['gpt-2'] as Tokenizer;
  for (const [description, unit] of Object.entries(REPEATED_TEXTS)) {
    const stopStrings = [unit.repeat(40), `${unit}x`, `x${unit}`];
    expectLinear(description, unit, (text) => {
      const ids = tokenizer.encode(text.replaceAll(unit.repeat(39), `${unit.repeat(38)}.`));
      const decoder = createStreamingDecoder(tokenizer);
      const search = new StopStrings(stopStrings);
      for (const id of ids) search.push(decoder.push(id));
      return ids.length + tokenizer.decodeRaw(ids).length;
    });
  }
});
