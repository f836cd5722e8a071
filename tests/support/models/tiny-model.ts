// Models with a few thousand random weights, for tests that need a whole network without a file.

import type { ModelConfig } from '../../../src/base/model/model-file.ts';
import { StepState } from '../../../src/kernels/reference/step-state.ts';
import type { StoredTensors } from '../../../src/kernels/reference/weights.ts';
import { buildProgram } from '../../../src/models/registry.ts';
import { lower, type Target } from '../../../src/program/lower.ts';
import type { Program } from '../../../src/program/program.ts';
import { emitTape, type Tape } from '../../../src/program/tape.ts';
import { randomNumbers } from '../random.ts';
import { type RandomDtype, randomTensor, type StoredTensor } from './tensors.ts';

const SHAPE = { hiddenSize: 32, layers: 2, heads: 4, headDim: 8, ffnSize: 64, vocabSize: 20 };
const CONTEXT = 40;

const LLAMA: ModelConfig = {
  ...SHAPE,
  architecture: 'llama',
  name: 'tiny',
  kvHeads: 2,
  contextLength: CONTEXT,
  normEpsilon: 1e-5,
  activation: 'silu',
  rope: { layout: 'half', theta: 10_000, dim: SHAPE.headDim },
  tiedEmbeddings: true,
};

const GPT2: ModelConfig = {
  ...SHAPE,
  architecture: 'gpt2',
  name: 'tiny',
  kvHeads: SHAPE.heads,
  contextLength: CONTEXT,
  normEpsilon: 1e-5,
  activation: 'gelu_tanh',
  tiedEmbeddings: true,
};

type Shapes = Record<string, readonly number[]>;

function llamaShapes({
  hiddenSize,
  kvHeads,
  headDim,
  heads,
  ffnSize,
  vocabSize,
  layers,
}: ModelConfig): Shapes {
  const shapes: Shapes = {
    'model.embed_tokens.weight': [vocabSize, hiddenSize],
    'model.norm.weight': [hiddenSize],
  };
  for (let layer = 0; layer < layers; layer++) {
    Object.assign(shapes, {
      [`model.layers.${layer}.input_layernorm.weight`]: [hiddenSize],
      [`model.layers.${layer}.post_attention_layernorm.weight`]: [hiddenSize],
      [`model.layers.${layer}.self_attn.q_proj.weight`]: [heads * headDim, hiddenSize],
      [`model.layers.${layer}.self_attn.k_proj.weight`]: [kvHeads * headDim, hiddenSize],
      [`model.layers.${layer}.self_attn.v_proj.weight`]: [kvHeads * headDim, hiddenSize],
      [`model.layers.${layer}.self_attn.o_proj.weight`]: [hiddenSize, heads * headDim],
      [`model.layers.${layer}.mlp.gate_proj.weight`]: [ffnSize, hiddenSize],
      [`model.layers.${layer}.mlp.up_proj.weight`]: [ffnSize, hiddenSize],
      [`model.layers.${layer}.mlp.down_proj.weight`]: [hiddenSize, ffnSize],
    });
  }
  return shapes;
}

function gpt2Shapes({ hiddenSize, contextLength, ffnSize, vocabSize, layers }: ModelConfig): Shapes {
  const shapes: Shapes = { 'wte.weight': [vocabSize, hiddenSize], 'wpe.weight': [contextLength, hiddenSize] };
  const addModule = (module: string, ...shape: number[]): void => {
    shapes[`${module}.weight`] = shape;
    shapes[`${module}.bias`] = shape.slice(0, 1);
  };
  addModule('ln_f', hiddenSize);
  for (let layer = 0; layer < layers; layer++) {
    addModule(`h.${layer}.ln_1`, hiddenSize);
    addModule(`h.${layer}.ln_2`, hiddenSize);
    addModule(`h.${layer}.attn.c_attn`, 3 * hiddenSize, hiddenSize);
    addModule(`h.${layer}.attn.c_proj`, hiddenSize, hiddenSize);
    addModule(`h.${layer}.mlp.c_fc`, ffnSize, hiddenSize);
    addModule(`h.${layer}.mlp.c_proj`, hiddenSize, ffnSize);
  }
  return shapes;
}

export class TinyModel {
  readonly config: ModelConfig;
  readonly program: Program;
  readonly stored: StoredTensors;

  /** @param matrixType dtype of matrices; vectors are F32 */
  constructor(
    family: 'llama' | 'gpt2',
    matrixType: RandomDtype,
    activations: Target['activations'] = 'float',
  ) {
    this.config = family === 'llama' ? LLAMA : GPT2;
    const random = randomNumbers(11);
    const shapes = family === 'llama' ? llamaShapes(LLAMA) : gpt2Shapes(GPT2);
    const tensors = Object.entries(shapes).map(
      ([name, shape]): StoredTensor =>
        randomTensor(name, shape.length === 1 ? 'F32' : matrixType, shape, random),
    );
    const infos = new Map(tensors.map(({ info }) => [info.name, info]));
    this.stored = new Map(tensors.map(({ info, bytes }) => [info.name, bytes]));
    this.program = lower(buildProgram(this.config, infos), { activations });
  }

  tape(): Tape {
    return emitTape(this.program, { tokens: 2 * CONTEXT, rows: 2 * CONTEXT }, CONTEXT);
  }

  state(blockSize: number, blocks: number): StepState {
    const layout = { groups: this.program.kvGroups, dtype: 'f32' as const, blockSize };
    return new StepState(this.tape(), this.stored, layout, [blocks], CONTEXT);
  }
}
