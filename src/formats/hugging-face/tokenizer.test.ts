import { expect, it } from 'vitest';
import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { readHuggingFaceTokenizer } from './tokenizer.ts';

const definition: JsonObject = {
  model: { type: 'BPE', vocab: { a: 0, '<s>': 1, '</s>': 2 }, merges: [] },
  added_tokens: [{ id: 3, content: '<|im_end|>', special: true }],
};
const EMPTY = { definition, settings: {}, generation: {}, config: {} };

it('readHuggingFaceTokenizer returns the end tokens, with the EOS of the tokenizer first', () => {
  const settings = { eos_token: { content: '<|im_end|>' } };
  const generation = { eos_token_id: [2, 3] };
  expect(readHuggingFaceTokenizer({ ...EMPTY, settings, generation }).eosIds).toEqual([3, 2]);
  expect(readHuggingFaceTokenizer({ ...EMPTY, config: { eos_token_id: 2 } }).eosIds).toEqual([2]);
  expect(readHuggingFaceTokenizer(EMPTY).eosIds).toEqual([]);
});

it('readHuggingFaceTokenizer sets addBos from the settings, or else from the post-processor', () => {
  const settings = { bos_token: '<s>' };
  const template = { type: 'TemplateProcessing', single: [{ SpecialToken: { id: '<s>', type_id: 0 } }] };
  const withProcessor = { ...definition, post_processor: { type: 'Sequence', processors: [template] } };
  expect(readHuggingFaceTokenizer({ ...EMPTY, settings })).toMatchObject({ bosId: 1, addBos: false });
  expect(readHuggingFaceTokenizer({ ...EMPTY, settings, definition: withProcessor }).addBos).toBe(true);
  const withoutBos = { ...settings, add_bos_token: false };
  expect(readHuggingFaceTokenizer({ ...EMPTY, settings: withoutBos, definition: withProcessor }).addBos).toBe(
    false,
  );
});

// The ids are those that the tokenizers library uses.
it.each<[string, JsonObject]>([
  ['RobertaProcessing', { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 1] }],
  ['BertProcessing', { type: 'BertProcessing', sep: ['</s>', 2], cls: ['<s>', 1] }],
  [
    'a template with another name for BOS',
    {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '[BOS]' } }, { Sequence: { id: 'A' } }],
      special_tokens: { '[BOS]': { id: '[BOS]', ids: [1], tokens: ['<s>'] } },
    },
  ],
])('readHuggingFaceTokenizer finds BOS in %s', (_, processor) => {
  const withProcessor = {
    ...definition,
    post_processor: { type: 'Sequence', processors: [{ type: 'ByteLevel' }, processor] },
  };
  const expected = { bosId: 1, addBos: true };
  const settings = { bos_token: '<s>' };
  expect(readHuggingFaceTokenizer({ ...EMPTY, definition: withProcessor })).toMatchObject(expected);
  expect(readHuggingFaceTokenizer({ ...EMPTY, settings, definition: withProcessor })).toMatchObject(expected);
  const otherSettings = { bos_token: '</s>' };
  expect(
    readHuggingFaceTokenizer({ ...EMPTY, settings: otherSettings, definition: withProcessor }).addBos,
  ).toBe(false);
});

it('readHuggingFaceTokenizer omits a token without text', () => {
  const settings = { added_tokens_decoder: { '4': { content: '' }, '5': { content: '<x>' } } };
  const { definition: completed } = readHuggingFaceTokenizer({ ...EMPTY, settings });
  expect(completed.added_tokens).toMatchObject([{ id: 3 }, { id: 5, content: '<x>' }]);
});

it('readHuggingFaceTokenizer reads additional_special_tokens in addition to an object of extra_special_tokens', () => {
  const settings = { extra_special_tokens: { image_token: '<i>' }, additional_special_tokens: ['<a>'] };
  const { definition: completed } = readHuggingFaceTokenizer({ ...EMPTY, settings });
  expect(completed.added_tokens).toMatchObject([
    { id: 3 },
    { id: 4, content: '<i>' },
    { id: 5, content: '<a>' },
  ]);
  const listSettings = { ...settings, extra_special_tokens: ['<i>'] };
  const { definition: newer } = readHuggingFaceTokenizer({ ...EMPTY, settings: listSettings });
  expect(newer.added_tokens).toMatchObject([{ id: 3 }, { id: 4, content: '<i>' }]);
});

it.each([
  [
    'an id far beyond the vocabulary',
    { '70000000': { content: 'z' } },
    /70000000 of an added token is far beyond/,
  ],
  ['an id that is not a number', { x: { content: 'a' } }, /entry x/],
  ['a negative id', { '-1': { content: 'a' } }, /entry -1/],
  ['a token without text', { '5': {} }, /entry 5/],
])('readHuggingFaceTokenizer rejects %s in added_tokens_decoder', (_, decoder, message) => {
  const settings = { added_tokens_decoder: decoder };
  expect(() => readHuggingFaceTokenizer({ ...EMPTY, settings })).toThrow(
    expect.objectContaining({ code: 'bad_tokenizer', message: expect.stringMatching(message) }),
  );
});

it.each([
  ['bos_token', { content: 5 }],
  ['eos_token', ['<|im_end|>', '</s>']],
  ['pad_token', false],
])('readHuggingFaceTokenizer rejects a %s that is not a token', (name, value) => {
  const message = expect.stringContaining(`${name} is ${JSON.stringify(value)}`);
  for (const files of [{ settings: { [name]: value } }, { specialTokensMap: { [name]: value } }])
    expect(() => readHuggingFaceTokenizer({ ...EMPTY, ...files })).toThrow(
      expect.objectContaining({ code: 'bad_tokenizer', message }),
    );
});

it('readHuggingFaceTokenizer returns no end token if the files name none', () => {
  const vocab = { '': 0, a: 1 };
  const withoutSpecial = { ...definition, model: { type: 'BPE', vocab, merges: [] } };
  for (const settings of [{}, { eos_token: null }])
    expect(readHuggingFaceTokenizer({ ...EMPTY, definition: withoutSpecial, settings }).eosIds).toEqual([]);
});

it.each([null, [], {}])(
  'readHuggingFaceTokenizer reads additional_special_tokens if extra_special_tokens is %j',
  (extra) => {
    const settings = { additional_special_tokens: ['<new>'], extra_special_tokens: extra };
    const { definition } = readHuggingFaceTokenizer({ ...EMPTY, settings });
    expect(definition.added_tokens).toContainEqual(expect.objectContaining({ content: '<new>' }));
  },
);

it('readHuggingFaceTokenizer assigns the next free id to an added token whose id is in use', () => {
  const settings = { added_tokens_decoder: { 0: { content: '<new>' } } };
  const { definition } = readHuggingFaceTokenizer({ ...EMPTY, settings });
  expect(definition.added_tokens).toContainEqual(expect.objectContaining({ content: '<new>', id: 4 }));
});

it('readHuggingFaceTokenizer does not mark an ordinary token as special if the files only assign a role to the token', () => {
  const settings = { pad_token: '!', eos_token: 'a', unk_token: '</s>' };
  const vocab = { a: 0, '<s>': 1, '</s>': 2, '!': 4 };
  const plainWords = { ...definition, model: { type: 'BPE', vocab, merges: [] } };
  const data = readHuggingFaceTokenizer({ ...EMPTY, definition: plainWords, settings });
  const addedTokens = data.definition.added_tokens as JsonObject[];
  expect(addedTokens.map(({ content }) => content)).toEqual(['<|im_end|>', '</s>']);
  expect(data.eosIds).toEqual([0]);
});
