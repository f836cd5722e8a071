import { describe, expect, it } from 'vitest';
import { TOKEN_TYPE } from '../../base/model/token-type.ts';
import { createBufferSource } from '../buffer-source.ts';
import { llamaMetadata, type Metadata } from './metadata-fixture.ts';
import { openGgufTokenizer } from './open.ts';
import { flag, int32s, text, texts, u32 } from './typed-values.ts';
import { encodeGguf } from './writer.ts';

const { normal: NORMAL, control: CONTROL, userDefined: USER_DEFINED } = TOKEN_TYPE;

function readTokenizer(tokens: readonly string[], changes: Metadata = {}) {
  const metadata = { ...llamaMetadata(tokens), 'tokenizer.ggml.eos_token_id': u32(0), ...changes };
  return openGgufTokenizer(createBufferSource(encodeGguf(metadata, [])));
}

describe('end tokens', () => {
  it.each([
    ['DeepSeek', '<\uff5cend\u2581of\u2581sentence\uff5c>'],
    ['Llama 3', '<|eom_id|>'],
    ['Granite', '<|end_of_text|>'],
    ['CodeLlama', '_<EOT>'],
    ['Smoldocling', '<end_of_utterance>'],
    ['Qwen, fill-in-the-middle', '<|fim_pad|>'],
    ['Qwen, the next file', '<|file_sep|>'],
  ])('are recognized by their text: %s', async (_, name) => {
    const tokens = ['<e>', 'a', 'b', name];
    const data = await readTokenizer(tokens, {
      'tokenizer.ggml.token_type': int32s([CONTROL, NORMAL, NORMAL, USER_DEFINED]),
    });
    expect(data.eosIds).toEqual([0, 3]);
    // An end token becomes a control token whatever its type in the file, because plain text must not encode to it.
    expect(data.tokenTypes[3]).toBe(CONTROL);
  });

  it('begin with the tokens that the file names', async () => {
    const named = { 'tokenizer.ggml.eot_token_id': u32(2), 'tokenizer.ggml.eom_token_id': u32(1) };
    expect((await readTokenizer(['<e>', 'a', 'b', '<|im_end|>'], named)).eosIds).toEqual([0, 2, 1, 3]);
    const filling = { 'tokenizer.ggml.fim_pad_token_id': u32(1) };
    expect((await readTokenizer(['<e>', 'a', 'b', '<PAD>'], filling)).eosIds).toEqual([0, 1]);
  });

  it('do not include <|end|> if it separates messages, nor </s> if it is ordinary text', async () => {
    const harmony = ['<|return|>', '<|call|>', '<|end|>'];
    expect((await readTokenizer(harmony)).eosIds).toEqual([0, 1]);
    const solar = ['<|flush|>', '<|calls|>', '<|end|>'];
    expect((await readTokenizer(solar)).eosIds).toEqual([0, 1]);
    expect((await readTokenizer(['<e>', '<|call|>', '<|end|>'])).eosIds).toEqual([0, 2, 1]);
    const gemma = ['<e>', '</s>', '<|tool_response>'];
    const data = await readTokenizer(gemma, {
      'tokenizer.ggml.token_type': int32s([CONTROL, NORMAL, CONTROL]),
    });
    expect(data.eosIds).toEqual([0, 2]);
    expect(data.tokenTypes[1]).toBe(NORMAL);
  });
});

describe('addBos', () => {
  const readWithPre = (pre: string, changes: Metadata = {}) =>
    readTokenizer(['<e>', 'a'], {
      'tokenizer.ggml.model': text('gpt2'),
      'tokenizer.ggml.pre': text(pre),
      'tokenizer.ggml.merges': texts([]),
      'tokenizer.ggml.bos_token_id': u32(0),
      ...changes,
    });

  it.each([
    ['llama-bpe', true],
    ['tekken', true],
    ['chameleon', true],
    ['qwen2', false],
    ['gpt-2', false],
  ])('for the pre-tokenizer %s is %s if the file has no add_bos_token', async (pre, expected) => {
    expect((await readWithPre(pre)).addBos).toBe(expected);
  });

  it('has the value of add_bos_token in the file, but is always true for Gemma 4', async () => {
    const withoutBos = { 'tokenizer.ggml.add_bos_token': flag(false) };
    expect((await readWithPre('llama-bpe', withoutBos)).addBos).toBe(false);
    expect((await readWithPre('gemma4', withoutBos)).addBos).toBe(true);
    expect(
      await readWithPre('anything', { ...withoutBos, 'tokenizer.ggml.model': text('gemma4') }),
    ).toMatchObject({
      pre: 'gemma4',
      addBos: true,
    });
  });
});

it('openGgufTokenizer lists the control tokens of Phi-3 templates in `strips`', async () => {
  const tokens = ['<unk>', '<s>', '</s>', '<|user|>', '<|endoftext|>', 'a'];
  const changes = {
    'general.name': text('Phi3 mini'),
    'tokenizer.ggml.token_type': int32s([2, CONTROL, CONTROL, CONTROL, CONTROL, NORMAL]),
  };
  expect([...((await readTokenizer(tokens, changes)).strips?.keys() ?? [])]).toEqual([2, 3]);
  expect((await readTokenizer(tokens)).strips).toBeUndefined();
});

it('openGgufTokenizer uses no default id outside the vocabulary', async () => {
  const data = await openGgufTokenizer(createBufferSource(encodeGguf(llamaMetadata(['a']), [])));
  expect(data.bosId).toBeUndefined();
  expect(data.eosIds).toEqual([]);
});
