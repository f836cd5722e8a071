import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createBufferSource } from '../formats/buffer-source.ts';
import { ggufFamily, huggingFaceFamily } from '../formats/family-format.ts';
import { llamaMetadata, llamaTensors, text, u32 } from '../formats/gguf-fixture.ts';
import { encodeGguf, type TypedValue } from '../formats/gguf-writer.ts';
import { openGguf } from './open-gguf.ts';
import { FAMILIES } from './registry.ts';

it.each(FAMILIES)('$architecture is a file of its own and found by both of its names', (family) => {
  expect(existsSync(new URL(`./${family.architecture}.ts`, import.meta.url))).toBe(true);
  expect(huggingFaceFamily('config.json', FAMILIES, family.architecture)).toBe(family);
  expect(ggufFamily('x.gguf', FAMILIES, family.gguf.architecture)).toBe(family);
});

it('names the families that are known when another is asked for', () => {
  const unknown = { code: 'unknown_architecture', message: expect.stringContaining('mamba') as string };
  const hint = `use a model of ${FAMILIES.map(({ architecture }) => architecture).join(', ')}`;
  expect(thrown(() => huggingFaceFamily('config.json', FAMILIES, 'mamba'))).toMatchObject({
    ...unknown,
    hint,
  });
  expect(thrown(() => ggufFamily('x.gguf', FAMILIES, 'mamba'))).toMatchObject(unknown);
  expect(thrown(() => ggufFamily('x.gguf', FAMILIES, undefined))).toMatchObject({
    message: expect.stringContaining('names no architecture') as string,
  });
});

function thrown(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}

// Which layers are meant a GGUF does not say: only files of Llama and Mistral slide, all layers of them.
it.each(FAMILIES)('a window in a GGUF of $architecture slides all layers or is refused', async ({ gguf }) => {
  const { architecture } = gguf;
  const metadata: Record<string, TypedValue> = {};
  for (const [key, value] of Object.entries(llamaMetadata()))
    metadata[key.replace(/^llama\./, `${architecture}.`)] = value;
  metadata['general.architecture'] = text(architecture);
  metadata[`${architecture}.attention.sliding_window`] = u32(8);
  const tensors = llamaTensors.filter(({ name }) => !name.startsWith('blk.'));
  const opened = openGguf(createBufferSource(encodeGguf(metadata, tensors), 'x.gguf'));
  if (architecture === 'llama' || architecture === 'mistral')
    expect((await opened).config.slidingWindow).toEqual({ size: 8, layers: [true] });
  else
    await expect(opened).rejects.toMatchObject({
      code: 'unsupported_config',
      message: expect.stringContaining(`${architecture}.attention.sliding_window`) as string,
    });
});
