// The expected words were derived by hand from the patterns. reference-vocabularies.test.ts checks the ids of reference
// vocabularies.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { preTokenizerNames, preTokenizerOf } from './pre-tokenizers.ts';

const wordsOf = (name: string | undefined, text: string) => [...preTokenizerOf(name).split(text)];

// Some comments list the splitters in the order in which they are applied. The others state what the cases test.
const CASES: readonly (readonly [name: string, text: string, words: readonly string[]])[] = [
  // default: punctuation, GPT-2, numbers, three ASCII digits
  ['default', 'Hi, 12345 you', ['Hi', ',', ' ', '123', '45', ' you']],
  ['default', "a+b  it's", ['a', '+', 'b', ' ', ' it', "'", 's']],
  // GPT-2: contractions in lower case only, numbers of any length with their space
  ['gpt-2', "it's IT'S 12345", ['it', "'s", ' IT', "'", 'S', ' 12345']],
  ['gpt-2', 'a  b\n\nc \t', ['a', ' ', ' b', '\n', '\n', 'c', ' \t']],
  ['gpt-2', '\u3000\u0085a', ['\u3000', '\u0085', 'a']],
  ['gpt-2', 'a\ufeffb', ['a', '\ufeff', 'b']],
  // StarCoder: single digits, GPT-2
  ['starcoder', 'a 12', ['a', ' ', '1', '2']],
  // Falcon: punctuation and backticks, GPT-2, three ASCII digits
  ['falcon', 'x`y`12345', ['x', '`', 'y', '`', '123', '45']],
  // Llama 3: contractions in both cases, one symbol before a word, three digits, line breaks together with
  // the spaces before them
  ['llama-bpe', "I'LL (go) 12345", ['I', "'LL", ' (', 'go', ')', ' ', '123', '45']],
  ['llama-bpe', 'a.\n\n b', ['a', '.\n\n', ' b']],
  ['llama-bpe', 'a  \n  b', ['a', '  \n', ' ', ' b']],
  ['glm4', '1234', ['123', '4']],
  ['qwen2', "we'Re 123", ['we', "'Re", ' ', '1', '2', '3']],
  ['qwen2', '\u1019\u103c', ['\u1019', '\u103c']],
  // Qwen 3.5: marks belong to their letter
  ['qwen35', '\u1019\u103c', ['\u1019\u103c']],
  ['qwen35', 'a\u0301 .', ['a\u0301', ' .']],
  ['laguna', 'a\n\nb', ['a', '\n\n', 'b']],
  ['ufakzeka', "Ali'si", ['Ali', "'si"]],
  ['seed-coder', '.\n', ['.', '\n']],
  ['bailingmoe', ' \n\n', [' \n\n']],
  ['bailingmoe', 'a\n \nb', ['a', '\n \n', 'b']],
  ['exaone-moe', 'one two, 12', ['one two', ',', ' ', '1', '2']],
  ['exaone-moe', '...\n/', ['...\n', '/']],
  ['jais-2', `a${' '.repeat(13)}b`, ['a', ' '.repeat(8), ' '.repeat(4), ' b']],
  ['minicpm5', "a1234'S", ['a', '123', '4', "'S"]],
  // DeepSeek LLM: line ends, cased letters, symbols with ASCII letters, spaces at the end, East Asian characters,
  // numbers
  ['deepseek-llm', 'Hi \u4f60\u597d 12\n', ['Hi', ' ', '\u4f60\u597d', ' ', '12', '\n']],
  ['deepseek-llm', '\u0567\u0531', ['\u0567', '\u0531']],
  ['deepseek-coder', 'if (a) 12', ['if', ' (', 'a', ')', ' ', '1', '2']],
  ['deepseek-coder', '\u4f60\u597dab\n\n', ['\u4f60\u597d', 'ab', '\n', '\n']],
  ['deepseek-v3', '(foo) 12345 ~!', ['(foo', ')', ' ', '123', '45', ' ~!']],
  ['deepseek-v3', 'ab\u3042\u4e00', ['ab', '\u3042\u4e00']],
  ['spark2_5', '!\n1', ['!', '\n', '1']],
  ['afmoe', 'a1234567', ['a', '1', '234', '567']],
  ['afmoe', '  12', ['  ', '12']],
  ['youtu', '\uac00\u3131a\uff0c', ['\uac00\u3131', 'a', '\uff0c']],
  // Words are split where an upper-case letter follows a lower-case letter
  ['tekken', "camelCase HTMLPage's", ['camel', 'Case', ' HTMLPage', "'s"]],
  ['gpt-4o', "camelCase HTMLPage's", ['camel', 'Case', " HTMLPage's"]],
  ['gpt-4o', '\u043f\u0440\u0438\u0412\u0435\u0442', ['\u043f\u0440\u0438', '\u0412\u0435\u0442']],
  [
    'gpt-4o',
    '\u0928\u092e\u0938\u094d\u0924\u0947 1234/\n',
    ['\u0928\u092e\u0938\u094d\u0924\u0947', ' ', '123', '4', '/\n'],
  ],
  ['tiny_aya', '1234 1234th', ['1', '234', ' ', '123', '4', 'th']],
  ['kimi-k2', 'ab\u4f60\u597dcd', ['ab', '\u4f60\u597d', 'cd']],
  ['superbpe', 'a b 12345', ['a b ', '12', '345']],
  ['bloom', 'one, two\u3002', ['one', ',', ' two', '\u3002']],
  ['viking', ' a1', [' a', '1']],
  [
    'chameleon',
    'a<sentinel:12>IMGIMGABZ\t    b!',
    ['a', '<', 'sentinel', ':', '1', '2', '>', 'IMGIMGABZ', '\t', '    ', 'b', '!'],
  ],
  ['gemma4', 'a b\n\nc', ['a b', '\n\n', 'c']],
];

describe('`split` of a pre-tokenizer', () => {
  it.each(CASES)('%s splits %j into the words of its pattern', (name, text, words) => {
    expect(wordsOf(name, text)).toEqual(words);
  });
});

it('preTokenizerOf returns `default` if no name is given', () => {
  for (const name of [undefined, ''])
    expect(wordsOf(name, 'a+b 12345')).toEqual(wordsOf('default', 'a+b 12345'));
});

it('for every pre-tokenizer, the concatenated words equal the text', () => {
  const unit = fc.constantFrom(
    'a',
    'B',
    ' ',
    ' ',
    '\n',
    '\t',
    "'",
    's',
    '1',
    '2',
    '.',
    '~',
    '\u4f60',
    '\u0301',
    '\u3000',
  );
  fc.assert(
    fc.property(fc.string({ unit }), fc.constantFrom(...preTokenizerNames), (text, name) => {
      const words = wordsOf(name, text);
      expect(words.join('')).toBe(text);
      expect(words).not.toContain('');
    }),
  );
});

// One name for each list of splitters.
const distinctSplitters = new Map(preTokenizerNames.map((name) => [preTokenizerOf(name).split, name]));

it.each([
  ['spaces before a letter', `${' '.repeat(20_000)}\u4f60`],
  ['digits before a letter', `${'1'.repeat(20_000)}x`],
  ['capitals', 'A'.repeat(20_000)],
  ['marks', '\u0301'.repeat(20_000)],
])('every pre-tokenizer splits 20,000 %s in less than 250 ms', (_, text) => {
  for (const [split, name] of distinctSplitters) {
    let fastestMs = Number.POSITIVE_INFINITY; // of three runs, because the machine may be busy
    for (let run = 0; run < 3 && fastestMs > 250; run++) {
      const start = performance.now();
      for (const word of split(text)) if (word === '') throw new Error('an empty word');
      fastestMs = Math.min(fastestMs, performance.now() - start);
    }
    expect(fastestMs, name).toBeLessThan(250);
  }
});

it.each([
  ['llama3', 'x', true],
  ['tekken', 'x', true],
  ['qwen2', 'x', false],
  ['gemma4', '\n\n', true],
  ['gemma4', 'x', false],
])('ignoresMergesFor of %s for the word %j returns %s', (name, word, expected) => {
  expect(preTokenizerOf(name).ignoresMergesFor(word)).toBe(expected);
});

it('preTokenizerOf rejects an unknown name and suggests the closest name', () => {
  expect(() => preTokenizerOf('lama3')).toThrow(
    expect.objectContaining({
      code: 'unsupported_tokenizer',
      message: expect.stringContaining('lama3'),
      hint: expect.stringMatching(/did you mean llama3\?.*qwen2/),
    }),
  );
});
