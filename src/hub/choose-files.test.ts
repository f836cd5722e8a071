import { describe, expect, test } from 'vitest';
import { chooseFiles } from './choose-files.ts';
import { parseHubReference } from './hub-reference.ts';

const choose = (names: readonly string[], file = '') =>
  chooseFiles(names, parseHubReference(`hf:owner/repo${file && `:${file}`}`));

const errorWith = (code: string, message: RegExp, hint = /./) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  });

const QUANTS = ['README.md', 'm-Q4_K_M.gguf', 'm-Q8_0.gguf'];
const SHARDS = ['q/m-F16-00001-of-00002.gguf', 'q/m-F16-00002-of-00002.gguf'];
const CHECKPOINT = ['README.md', 'config.json', 'model.safetensors', 'tokenizer.json', 'flax_model.msgpack'];

describe('chooseFiles for GGUF files', () => {
  test('the only GGUF model is chosen, even if there is a projector', () => {
    const choice = { paths: ['m.gguf'], index: undefined, modelPath: 'm.gguf', needsTokenizer: false };
    expect(choose(['config.json', 'm.gguf', 'README.md'])).toEqual(choice);
    expect(choose(['m.gguf', 'mmproj-m.gguf'])).toEqual(choice);
  });

  test('all shards of a model are chosen, and the first is the file to open', () => {
    expect(choose(SHARDS)).toMatchObject({ paths: SHARDS, index: undefined, modelPath: SHARDS[0] });
    expect(choose([...SHARDS, ...QUANTS], 'f16').paths).toEqual(SHARDS);
    expect(choose([...SHARDS, ...QUANTS], SHARDS[1]).modelPath).toBe(SHARDS[0]);
  });

  test('several models cause an error that lists the models and shows a complete reference', () => {
    expect(() => choose(QUANTS)).toThrow(
      errorWith(
        'ambiguous_model',
        /2 models.*"m-Q4_K_M.gguf", "m-Q8_0.gguf"/,
        /hf:owner\/repo:m-Q4_K_M.gguf/,
      ),
    );
    expect(() => choose([...QUANTS, 'n-Q8_0.gguf'], 'q8_0')).toThrow(
      errorWith('ambiguous_model', /"m-Q8_0.gguf", "n-Q8_0.gguf"/),
    );
  });

  test('a file is chosen by its name, or by its quantization in upper or lower case', () => {
    expect(choose(QUANTS, 'm-Q8_0.gguf').paths).toEqual(['m-Q8_0.gguf']);
    expect(choose(QUANTS, 'q4_k_m').paths).toEqual(['m-Q4_K_M.gguf']);
  });

  test('an unknown file causes an error that suggests the nearest name or lists all names', () => {
    expect(() => choose(QUANTS, 'm-Q8_1.gguf')).toThrow(
      errorWith('model_not_found', /"m-Q8_1.gguf"/, /did you mean "m-Q8_0.gguf"/),
    );
    expect(() => choose(QUANTS, 'Q5_K_M')).toThrow(errorWith('model_not_found', /"Q5_K_M"/, /"m-Q8_0.gguf"/));
  });

  test('a missing shard causes an error', () => {
    expect(() => choose(SHARDS.slice(1))).toThrow(errorWith('model_not_found', /lacks "q\/m-F16-00001/));
  });

  test('an error lists at most 24 names', () => {
    const names = Array.from({ length: 500 }, (_, i) => `m-${i}.gguf`);
    expect(() => choose(names)).toThrow(errorWith('ambiguous_model', /500 models.* and 476 more$/));
  });
});

describe('chooseFiles for a checkpoint', () => {
  test('chooses the configuration, tokenizer and templates, and the weights last', () => {
    const templates = ['chat_template.jinja', 'additional_chat_templates/tool.jinja', 'onnx/config.json'];
    expect(choose([...CHECKPOINT, ...templates])).toEqual({
      paths: [
        'config.json',
        'tokenizer.json',
        'chat_template.jinja',
        'additional_chat_templates/tool.jinja',
        'model.safetensors',
      ],
      index: undefined,
      modelPath: undefined,
      needsTokenizer: true,
    });
  });

  test('chooses the index of sharded weights', () => {
    const names = ['config.json', 'model-00001-of-00002.safetensors', 'model.safetensors.index.json'];
    const choice = { paths: ['config.json', names[2]], index: names[2], needsTokenizer: true };
    expect(choose(names)).toEqual({ ...choice, modelPath: undefined });
    expect(choose(names, names[1])).toEqual({ ...choice, modelPath: names[1] });
  });

  test('chooses the configuration and the tokenizer too if the reference names only the weights', () => {
    const names = [...CHECKPOINT, 'model.fp16.safetensors'];
    expect(choose(names, 'model.fp16.safetensors')).toEqual({
      paths: ['config.json', 'tokenizer.json', 'model.fp16.safetensors'],
      index: undefined,
      modelPath: 'model.fp16.safetensors',
      needsTokenizer: true,
    });
  });
});

test('chooseFiles chooses any file by its name', () => {
  expect(choose(CHECKPOINT, 'README.md')).toEqual({
    paths: ['README.md'],
    index: undefined,
    modelPath: 'README.md',
    needsTokenizer: false,
  });
});

test('chooseFiles chooses the two files of a LoRA adapter, and a complete model rather than an adapter', () => {
  const names = ['adapter_config.json', 'adapter_model.safetensors', 'README.md', 'tokenizer.json'];
  const choice = { index: undefined, modelPath: undefined, needsTokenizer: false };
  expect(choose(names)).toEqual({ ...choice, paths: names.slice(0, 2) });
  expect(choose(names, 'adapter_model.safetensors')).toEqual({ ...choice, paths: names.slice(0, 2) });
  expect(choose([...names, ...CHECKPOINT]).paths).toContain('model.safetensors');
  expect(() => choose(['adapter_config.json', 'adapter_model.bin'])).toThrow(
    errorWith('unknown_format', /LoRA adapter without adapter_model.safetensors/),
  );
});

test.each([[[]], [['pytorch_model.bin', 'config.json']], [['model.safetensors']]])(
  'chooseFiles finds no model in %j',
  (names) => {
    expect(() => choose(names)).toThrow(errorWith('unknown_format', /owner\/repo has no GGUF/));
  },
);
