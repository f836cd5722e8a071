import { describe, expect, test } from 'vitest';
import { chooseFiles } from './choose-files.ts';
import { parseHubReference } from './hub-reference.ts';

const choose = (names: readonly string[], file = '') =>
  chooseFiles(names, parseHubReference(`hf:owner/repo${file && `:${file}`}`));

const failing = (code: string, message: RegExp, hint = /./) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });

const QUANTS = ['README.md', 'm-Q4_K_M.gguf', 'm-Q8_0.gguf'];
const SHARDS = ['q/m-F16-00001-of-00002.gguf', 'q/m-F16-00002-of-00002.gguf'];
const CHECKPOINT = ['README.md', 'config.json', 'model.safetensors', 'tokenizer.json', 'flax_model.msgpack'];

describe('GGUF', () => {
  test('the only one is chosen, also beside a projector', () => {
    const choice = { paths: ['m.gguf'], index: undefined, open: 'm.gguf' };
    expect(choose(['config.json', 'm.gguf', 'README.md'])).toEqual(choice);
    expect(choose(['m.gguf', 'mmproj-m.gguf'])).toEqual(choice);
  });

  test('a set of shards is chosen completely and opened by the first', () => {
    expect(choose(SHARDS)).toEqual({ paths: SHARDS, index: undefined, open: SHARDS[0] });
    expect(choose([...SHARDS, ...QUANTS], 'f16').paths).toEqual(SHARDS);
    expect(choose([...SHARDS, ...QUANTS], SHARDS[1]).open).toBe(SHARDS[0]);
  });

  test('several are an error that lists them and shows a complete reference', () => {
    expect(() => choose(QUANTS)).toThrow(
      failing('ambiguous_model', /2 models.*"m-Q4_K_M.gguf", "m-Q8_0.gguf"/, /hf:owner\/repo:m-Q4_K_M.gguf/),
    );
    expect(() => choose([...QUANTS, 'n-Q8_0.gguf'], 'q8_0')).toThrow(
      failing('ambiguous_model', /"m-Q8_0.gguf", "n-Q8_0.gguf"/),
    );
  });

  test('a file is chosen by its name, or by its quantization ignoring case', () => {
    expect(choose(QUANTS, 'm-Q8_0.gguf').paths).toEqual(['m-Q8_0.gguf']);
    expect(choose(QUANTS, 'q4_k_m').paths).toEqual(['m-Q4_K_M.gguf']);
  });

  test('an unknown file is an error that suggests the nearest or lists all', () => {
    expect(() => choose(QUANTS, 'm-Q8_1.gguf')).toThrow(
      failing('model_not_found', /"m-Q8_1.gguf"/, /did you mean "m-Q8_0.gguf"/),
    );
    expect(() => choose(QUANTS, 'Q5_K_M')).toThrow(failing('model_not_found', /"Q5_K_M"/, /"m-Q8_0.gguf"/));
  });

  test('a missing shard is an error', () => {
    expect(() => choose(SHARDS.slice(1))).toThrow(failing('model_not_found', /lacks "q\/m-F16-00001/));
  });

  test('an error lists only the first of hundreds of names', () => {
    const names = Array.from({ length: 500 }, (_, i) => `m-${i}.gguf`);
    expect(() => choose(names)).toThrow(failing('ambiguous_model', /500 models.* and 476 more$/));
  });
});

describe('a checkpoint', () => {
  test('is its configuration, tokenizer, templates and weights, weights last', () => {
    const more = ['chat_template.jinja', 'additional_chat_templates/tool.jinja', 'onnx/config.json'];
    expect(choose([...CHECKPOINT, ...more])).toEqual({
      paths: [
        'config.json',
        'tokenizer.json',
        'chat_template.jinja',
        'additional_chat_templates/tool.jinja',
        'model.safetensors',
      ],
      index: undefined,
      open: undefined,
    });
  });

  test('with sharded weights includes the index', () => {
    const names = ['config.json', 'model-00001-of-00002.safetensors', 'model.safetensors.index.json'];
    const choice = { paths: ['config.json', names[2]], index: names[2] };
    expect(choose(names)).toEqual({ ...choice, open: undefined });
    expect(choose(names, names[1])).toEqual({ ...choice, open: names[1] });
  });

  test('chosen by its weights includes the other files', () => {
    const names = [...CHECKPOINT, 'model.fp16.safetensors'];
    expect(choose(names, 'model.fp16.safetensors')).toEqual({
      paths: ['config.json', 'tokenizer.json', 'model.fp16.safetensors'],
      index: undefined,
      open: 'model.fp16.safetensors',
    });
  });
});

test('any file can be chosen by its name', () => {
  expect(choose(CHECKPOINT, 'README.md')).toEqual({
    paths: ['README.md'],
    index: undefined,
    open: 'README.md',
  });
});

test('a LoRA adapter is rejected', () => {
  const names = ['adapter_config.json', 'adapter_model.safetensors', 'README.md'];
  expect(() => choose(names)).toThrow(
    expect.objectContaining({ code: 'unknown_format', message: expect.stringContaining('LoRA adapter') }),
  );
});

test.each([[[]], [['pytorch_model.bin', 'config.json']], [['model.safetensors']]])(
  'no model in %j',
  (names) => {
    expect(() => choose(names)).toThrow(failing('unknown_format', /owner\/repo has no GGUF/));
  },
);
