import { expect, it } from 'vitest';
import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { readHuggingFaceTokenizer } from './tokenizer.ts';

const definition: JsonObject = {
  model: { type: 'BPE', vocab: { a: 0, '<s>': 1, '</s>': 2 }, merges: [] },
  added_tokens: [{ id: 3, content: '<|im_end|>', special: true }],
};
const empty = { definition, settings: {}, generation: {}, config: {} };

it('lists the end tokens, the EOS of the tokenizer first', () => {
  const settings = { eos_token: { content: '<|im_end|>' } };
  const generation = { eos_token_id: [2, 3] };
  expect(readHuggingFaceTokenizer({ ...empty, settings, generation }).eosIds).toEqual([3, 2]);
  expect(readHuggingFaceTokenizer({ ...empty, config: { eos_token_id: 2 } }).eosIds).toEqual([2]);
  expect(readHuggingFaceTokenizer(empty).eosIds).toEqual([]);
});

it('begins prompts with BOS if the setting or else the post-processor does', () => {
  const settings = { bos_token: '<s>' };
  const template = { type: 'TemplateProcessing', single: [{ SpecialToken: { id: '<s>', type_id: 0 } }] };
  const processed = { ...definition, post_processor: { type: 'Sequence', processors: [template] } };
  expect(readHuggingFaceTokenizer({ ...empty, settings })).toMatchObject({ bosId: 1, addBos: false });
  expect(readHuggingFaceTokenizer({ ...empty, settings, definition: processed }).addBos).toBe(true);
  const off = { ...settings, add_bos_token: false };
  expect(readHuggingFaceTokenizer({ ...empty, settings: off, definition: processed }).addBos).toBe(false);
});

// The ids are those of the library tokenizers.
it.each<[string, JsonObject]>([
  ['RobertaProcessing', { type: 'RobertaProcessing', sep: ['</s>', 2], cls: ['<s>', 1] }],
  ['BertProcessing', { type: 'BertProcessing', sep: ['</s>', 2], cls: ['<s>', 1] }],
  [
    'a template with another name for it',
    {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '[BOS]' } }, { Sequence: { id: 'A' } }],
      special_tokens: { '[BOS]': { id: '[BOS]', ids: [1], tokens: ['<s>'] } },
    },
  ],
])('finds BOS in %s', (_, processor) => {
  const processed = {
    ...definition,
    post_processor: { type: 'Sequence', processors: [{ type: 'ByteLevel' }, processor] },
  };
  const begins = { bosId: 1, addBos: true };
  const settings = { bos_token: '<s>' };
  expect(readHuggingFaceTokenizer({ ...empty, definition: processed })).toMatchObject(begins);
  expect(readHuggingFaceTokenizer({ ...empty, settings, definition: processed })).toMatchObject(begins);
  const other = { bos_token: '</s>' };
  expect(readHuggingFaceTokenizer({ ...empty, settings: other, definition: processed }).addBos).toBe(false);
});

it('leaves out a token without text', () => {
  const settings = { added_tokens_decoder: { '4': { content: '' }, '5': { content: '<x>' } } };
  const { definition: whole } = readHuggingFaceTokenizer({ ...empty, settings });
  expect(whole.added_tokens).toMatchObject([{ id: 3 }, { id: 5, content: '<x>' }]);
});

it('reads additional_special_tokens beside an object of extra_special_tokens', () => {
  const settings = { extra_special_tokens: { image_token: '<i>' }, additional_special_tokens: ['<a>'] };
  const { definition: whole } = readHuggingFaceTokenizer({ ...empty, settings });
  expect(whole.added_tokens).toMatchObject([{ id: 3 }, { id: 4, content: '<i>' }, { id: 5, content: '<a>' }]);
  const listed = { ...settings, extra_special_tokens: ['<i>'] };
  const { definition: newer } = readHuggingFaceTokenizer({ ...empty, settings: listed });
  expect(newer.added_tokens).toMatchObject([{ id: 3 }, { id: 4, content: '<i>' }]);
});

it.each([
  ['a token far beyond', { '70000000': { content: 'z' } }, /70000000 of an added token is far beyond/],
  ['an id that is not a number', { x: { content: 'a' } }, /entry x/],
  ['a negative id', { '-1': { content: 'a' } }, /entry -1/],
  ['a token without its spelling', { '5': {} }, /entry 5/],
])('rejects %s in added_tokens_decoder', (_, decoder, message) => {
  const settings = { added_tokens_decoder: decoder };
  expect(() => readHuggingFaceTokenizer({ ...empty, settings })).toThrow(
    expect.objectContaining({ code: 'bad_tokenizer', message: expect.stringMatching(message) }),
  );
});

it.each([
  ['bos_token', { content: 5 }],
  ['eos_token', ['<|im_end|>', '</s>']],
  ['pad_token', false],
])('rejects a %s that is not a token', (name, value) => {
  const message = expect.stringContaining(`${name} is ${JSON.stringify(value)}`);
  for (const files of [{ settings: { [name]: value } }, { specialTokensMap: { [name]: value } }])
    expect(() => readHuggingFaceTokenizer({ ...empty, ...files })).toThrow(
      expect.objectContaining({ code: 'bad_tokenizer', message }),
    );
});

it('has no end token if the files name none', () => {
  const vocab = { '': 0, a: 1 };
  const named = { ...definition, model: { type: 'BPE', vocab, merges: [] } };
  for (const settings of [{}, { eos_token: null }])
    expect(readHuggingFaceTokenizer({ ...empty, definition: named, settings }).eosIds).toEqual([]);
});

it.each([null, [], {}])('reads additional_special_tokens beside extra_special_tokens of %j', (extra) => {
  const settings = { additional_special_tokens: ['<new>'], extra_special_tokens: extra };
  const { definition } = readHuggingFaceTokenizer({ ...empty, settings });
  expect(definition.added_tokens).toContainEqual(expect.objectContaining({ content: '<new>' }));
});

it('gives an added token whose id is taken the next free id', () => {
  const settings = { added_tokens_decoder: { 0: { content: '<new>' } } };
  const { definition } = readHuggingFaceTokenizer({ ...empty, settings });
  expect(definition.added_tokens).toContainEqual(expect.objectContaining({ content: '<new>', id: 4 }));
});

it('does not make an ordinary token special if the files only give it a role', () => {
  const settings = { pad_token: '!', eos_token: 'a', unk_token: '</s>' };
  const vocab = { a: 0, '<s>': 1, '</s>': 2, '!': 4 };
  const words = { ...definition, model: { type: 'BPE', vocab, merges: [] } };
  const data = readHuggingFaceTokenizer({ ...empty, definition: words, settings });
  const added = data.definition.added_tokens as JsonObject[];
  expect(added.map(({ content }) => content)).toEqual(['<|im_end|>', '</s>']);
  expect(data.eosIds).toEqual([0]);
});
