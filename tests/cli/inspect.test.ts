// `quire inspect` of adapters, of models with adapters, and of models with sliding windows.

import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fixture } from '../support/fixtures.ts';
import { buildQuire, runQuire } from '../support/quire-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const adapter = (name: string): string => fixture(join('adapters', name));
const folder = temporaryFolder('cli-inspect');

beforeAll(async () => {
  await buildQuire();
}, 180_000);

async function inspect(...args: readonly string[]): Promise<string> {
  const { code, output, error } = await runQuire(['inspect', ...args]);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  return output;
}

const inspectJson = async (...args: readonly string[]) => JSON.parse(await inspect(...args, '--json'));

describe('quire inspect of an adapter', () => {
  test('shows base model, rank, alpha, scale, layers, types and size', async () => {
    const text = await inspect(adapter('patterns'));
    for (const line of [
      /^adapter +LoRA \(PEFT\)$/m,
      /^base model +tiny$/m,
      /^rank +2 to 6$/m,
      /^alpha +6$/m,
      /^scale +0\.75 to 4$/m,
      /^layers +14 \(.*2 q_proj.*\)$/m,
      /^tensors +28 \(28 BF16\)$/m,
      /^size +9\.1 KiB$/m,
    ])
      expect(text).toMatch(line);
  });

  test('prints the same facts for its safetensors file and for a GGUF as JSON', async () => {
    const peft = await inspectJson(join(adapter('llama'), 'adapter_model.safetensors'));
    expect(peft).toEqual(await inspectJson(adapter('llama')));
    expect(peft).toMatchObject({ kind: 'adapter', format: 'peft', baseModel: 'tiny', alpha: 4, rank: 4 });
    const gguf = await inspectJson(join(adapter('llama'), 'adapter.gguf'));
    expect(gguf).toMatchObject({ kind: 'adapter', format: 'gguf', architecture: 'llama', alpha: 4, rank: 4 });
    for (const key of ['layers', 'layerTypes', 'parameters', 'bytes', 'tensorTypes'])
      expect(gguf[key]).toEqual(peft[key]);
    const target = {
      name: 'model.layers.1.self_attn.k_proj',
      rank: 4,
      scale: 1,
      dtype: 'F32',
      shape: [32, 64],
    };
    expect(peft.targets).toContainEqual(target);
    expect(gguf.targets).toContainEqual(target);
  });

  test('escapes control characters in the name of its base model', async () => {
    const path = join(folder, 'hostile');
    cpSync(adapter('plain'), path, { recursive: true });
    const config = { peft_type: 'LORA', base_model_name_or_path: 'a\u001b[2Jb' };
    writeFileSync(join(path, 'adapter_config.json'), JSON.stringify(config));
    expect((await inspect(path, '--json')).includes('\u001b')).toBe(false);
  });

  test.each([
    [[adapter('plain'), '--program'], /^bad_option: --program needs a model/, 2],
    [[adapter('plain'), '--adapter', `a=${adapter('plain')}`], /^bad_option: --adapter needs a model/, 2],
    [[adapter('plain'), '--context', '16'], /^bad_option: --context needs a model/, 2],
  ])('%j fails', async (args, message, code) => {
    expect(await runQuire(['inspect', ...args])).toMatchObject({
      code,
      output: '',
      error: expect.stringMatching(message),
    });
  });
});

describe('quire inspect of a model', () => {
  const args = [
    fixture('tiny-qwen2'),
    ...['--adapter', `plain=${adapter('plain')}`, '--adapter', `other=${adapter('gpt2')}`],
  ];

  test('shows whether adapters fit', async () => {
    const text = await inspect(...args);
    expect(text).toMatch(/^adapter +plain fits: rank 4, layers 14 \(.*2 q_proj.*\), 19\.0 KiB$/m);
    expect(text).toMatch(/^adapter +other does not fit: .*no linear layer transformer\.h\.0\.attn\.c_attn$/m);
    const { kind, adapters } = await inspectJson(...args);
    expect(kind).toBe('model');
    expect(adapters).toMatchObject([
      { name: 'plain', fits: true, rank: 4, layers: 14, bytes: 19_456 },
      { name: 'other', fits: false, problem: { code: 'bad_adapter' } },
    ]);
  });

  test('fails if an adapter does not exist', async () => {
    const { code, error } = await runQuire(['inspect', fixture('tiny-qwen2'), '--adapter', 'a=/nowhere']);
    expect(error).toMatch(/^file_not_found: /);
    expect(code).toBe(1);
  });

  test('shows the pooling of an embedding model', async () => {
    const folder = fixture('embeddings/tiny-qwen3-embedding');
    const { config, tokenizer } = await inspectJson(folder);
    expect(config.pooling).toEqual({ method: 'last', normalize: true, lacksHead: true });
    expect(tokenizer.textEndId).toBe(3);
    expect(await inspect(folder)).toContain('pooling last, 32 numbers of length 1; no output head');
    expect(await inspect(`${folder}-f16.gguf`)).toContain('pooling last');
    expect(await inspect(fixture('tiny-qwen3'))).toMatch(/^embeddings +no$/m);
  });

  test('shows the layer groups of the KV cache and the window of each layer', async () => {
    const text = await inspect(fixture('tiny-gemma3'));
    expect(text).toMatch(/^KV group +layer 5: all tokens, 128 B per token$/m);
    expect(text).toMatch(/^KV group +layers 0-4: the last 12 tokens \(sliding window\), 640 B per token$/m);
    const { kvGroups, windows } = await inspectJson(fixture('tiny-gemma3'));
    expect(windows).toEqual([12, 12, 12, 12, 12, null]);
    expect(kvGroups).toEqual([
      { layers: [5], bytesPerToken: 128, bytesPerContext: 128 * 128 },
      { layers: [0, 1, 2, 3, 4], window: 12, bytesPerToken: 640, bytesPerContext: 12 * 640 },
    ]);
    expect(await inspect(fixture('tiny-mistral-layers'))).toMatch(/^KV group +layers 0, 2: the last 12/m);
    expect((await inspectJson(fixture('tiny-qwen2'))).windows).toEqual([null, null]);
  });
});
