import { expect, it } from 'vitest';
import { byteLength, DTYPES } from '../../base/model/dtypes.ts';
import { createBufferSource } from '../../formats/buffer-source.ts';
import { encodeGguf } from '../../formats/gguf/writer.ts';
import { printProgram } from '../../program/print.ts';
import { openGguf } from '../open-gguf.ts';
import { buildProgram, FAMILIES } from '../registry.ts';
import { findPublicModel, PUBLIC_MODELS, type PublicModel } from './public-models.ts';
import { createSyntheticModel } from './synthetic-model.ts';

const SMALL = { vocabSize: 1300, hiddenSize: 64, layers: 2, heads: 4, kvHeads: 2, headDim: 16, ffnSize: 96 };
const LLAMA = { ...findPublicModel('Llama-3.2-1B')!, ...SMALL, contextLength: 32 };
const GPT2 = { ...findPublicModel('GPT-2-124M')!, ...SMALL, kvHeads: 4, contextLength: 32 };

async function buildAndPrint(model: PublicModel): Promise<string> {
  const { metadata, tensors } = createSyntheticModel(model, 'F16');
  const withData = tensors.map((tensor) => {
    const elements = tensor.shape.reduce((product, size) => product * size, 1);
    // The bytes are positive floats, because rotary factors must be above 0.
    return { ...tensor, data: new Uint8Array(byteLength(DTYPES[tensor.dtype], elements)).fill(0x3f) };
  });
  const file = await openGguf(createBufferSource(encodeGguf(metadata, withData), 'synthetic.gguf'));
  expect(file.tensors.size).toBe(tensors.filter(({ name }) => !name.startsWith('rope_f')).length);
  return printProgram(buildProgram(file.config, file.tensors));
}

const architectures = FAMILIES.flatMap(({ gguf }) => gguf?.architecture ?? []);

it.each(architectures)('a synthetic %s has every tensor that its program reads', async (architecture) => {
  const factors = architecture === 'granite' ? { logit_scale: 8 } : {};
  const program = await buildAndPrint(architecture === 'gpt2' ? GPT2 : { ...LLAMA, architecture, factors });
  expect(program.match(/attention\(/g)).toHaveLength(2);
});

it('a synthetic model has the biases that the public model lists', async () => {
  expect(await buildAndPrint({ ...LLAMA, architecture: 'qwen2' })).not.toContain('bias');
  expect(await buildAndPrint({ ...LLAMA, architecture: 'qwen2', biases: ['attn_q'] })).toContain(
    'q_proj.bias',
  );
});

it('createSyntheticModel rejects an architecture without a family', () => {
  expect(() => createSyntheticModel({ ...LLAMA, architecture: 'mamba' }, 'F16')).toThrow(
    expect.objectContaining({ code: 'unknown_architecture' }),
  );
});

it('findPublicModel finds a model by its name, ignoring case and punctuation', () => {
  expect(findPublicModel('qwen2.5 0.5b')).toBe(PUBLIC_MODELS.find(({ name }) => name === 'Qwen2.5-0.5B'));
  expect(findPublicModel('qwen2.5')).toBeUndefined();
});
