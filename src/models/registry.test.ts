import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createBufferSource } from '../formats/buffer-source.ts';
import { ggufFamily, huggingFaceFamily } from '../formats/family-format.ts';
import { llamaTensors, metadataOf } from '../formats/gguf/metadata-fixture.ts';
import { u32 } from '../formats/gguf/typed-values.ts';
import { encodeGguf } from '../formats/gguf/writer.ts';
import { openGguf } from './open-gguf.ts';
import { FAMILIES } from './registry.ts';

const WITH_GGUF = FAMILIES.flatMap(({ gguf }) => gguf ?? []);

it.each(FAMILIES)(
  '$architecture has a source file of this name and is found by its names in model files',
  (family) => {
    expect(existsSync(new URL(`./${family.architecture}.ts`, import.meta.url))).toBe(true);
    expect(huggingFaceFamily('config.json', FAMILIES, family.architecture)).toBe(family);
    if (family.gguf !== undefined)
      expect(ggufFamily('x.gguf', FAMILIES, family.gguf.architecture)).toBe(family);
  },
);

it('the error for an unsupported architecture lists the supported architectures', () => {
  const unknownArchitecture = {
    code: 'unknown_architecture',
    message: expect.stringContaining('mamba') as string,
  };
  const hint = `use a model of ${FAMILIES.map(({ architecture }) => architecture).join(', ')}`;
  expect(errorOf(() => huggingFaceFamily('config.json', FAMILIES, 'mamba'))).toMatchObject({
    ...unknownArchitecture,
    hint,
  });
  expect(errorOf(() => ggufFamily('x.gguf', FAMILIES, 'mamba'))).toMatchObject({
    ...unknownArchitecture,
    hint: `use a model of ${WITH_GGUF.map(({ architecture }) => architecture).join(', ')}`,
  });
  expect(errorOf(() => ggufFamily('x.gguf', FAMILIES, undefined))).toMatchObject({
    message: expect.stringContaining('does not state its architecture') as string,
  });
});

it.each([
  ['gemma3n', 'gemma3'],
  ['qwen3_moe', 'qwen3'],
  ['qwen3moe', 'qwen3'],
  ['phi4', 'phi3'],
  ['llama4', 'llama'],
  ['granitemoehybrid', 'granite'],
  ['olmo3', 'olmo2'],
])('the error for the architecture %s names the nearest supported one, %s', (unknown, nearest) => {
  expect(errorOf(() => huggingFaceFamily('config.json', FAMILIES, unknown))).toMatchObject({
    message: `config.json: architecture ${unknown} is not supported (the nearest supported one is ${nearest})`,
  });
});

it('the error for an architecture that is like none names none', () => {
  expect(errorOf(() => ggufFamily('x.gguf', FAMILIES, 'mamba'))).toMatchObject({
    message: 'x.gguf: architecture mamba is not supported',
  });
});

function errorOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

it('ggufFamily rejects a family without GGUF files', () => {
  expect(WITH_GGUF.length).toBeLessThan(FAMILIES.length);
  expect(errorOf(() => ggufFamily('x.gguf', FAMILIES, 'ministral'))).toMatchObject({
    code: 'unknown_architecture',
    message: expect.stringContaining('ministral') as string,
    hint: expect.not.stringContaining('ministral') as string,
  });
});

// Most GGUF files do not state which layers have a window. In these families, the first layer is known to have it.
const WITH_WINDOW = ['llama', 'mistral', 'gemma2', 'gemma3', 'phi3'];

it.each(WITH_GGUF)(
  'a window in a GGUF of $architecture applies to the layers that have it or is rejected',
  async ({ architecture }) => {
    const metadata = {
      ...metadataOf(architecture),
      [`${architecture}.attention.sliding_window`]: u32(8),
    };
    const tensors = llamaTensors.filter(({ name }) => !name.startsWith('blk.'));
    const opening = openGguf(createBufferSource(encodeGguf(metadata, tensors), 'x.gguf'));
    if (WITH_WINDOW.includes(architecture))
      expect((await opening).config.slidingWindow).toEqual({ size: 8, layers: [true] });
    else
      await expect(opening).rejects.toMatchObject({
        code: 'unsupported_config',
        message: expect.stringContaining(`${architecture}.attention.sliding_window`) as string,
      });
  },
);
