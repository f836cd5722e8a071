// GPT-2 (Radford et al. 2019): pre-norm blocks with layer norm, learned positions, and biases in all linear layers. Q,
// K and V are one tensor in the checkpoint and are loaded as three slices of this tensor.

import type { ModelConfig } from '../base/model/model-file.ts';
import type { ConfigReader } from '../formats/config-reader.ts';
import type { HuggingFaceConfig, TensorNames } from '../formats/family-format.ts';
import { HUGGING_FACE_ACTIVATIONS } from '../formats/hugging-face/activation.ts';
import type { TensorBounds } from '../formats/model-shape.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { ValueId } from '../program/program.ts';
import { groupOfLayer, kvGroupsOf, type ModelFamily } from './family.ts';

const TENSORS: TensorNames = {
  global: { token_embd: 'wte', position_embd: 'wpe', output_norm: 'ln_f', output: 'lm_head' },
  layer: {
    attn_norm: 'ln_1',
    attn_qkv: 'attn.c_attn',
    attn_output: 'attn.c_proj',
    ffn_norm: 'ln_2',
    ffn_up: 'mlp.c_fc',
    ffn_down: 'mlp.c_proj',
  },
  layerPrefix: 'h.',
  canonicalName: (name) => name.replace(/^transformer\./, ''),
  // Older versions of transformers saved causal masks with the weights.
  derivedTensors: { gguf: [], huggingFace: /\.attn\.(?:masked_)?bias$/ },
  // Transformers implements these modules as Conv1D layers.
  transposedModules: ['attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'],
};

export const gpt2: ModelFamily = {
  architecture: 'gpt2',
  tensors: TENSORS,
  huggingFace: { read: readHuggingFace },
  gguf: {
    architecture: 'gpt2',
    keys: [],
    read: ({ reader, key }) => ({
      normEpsilon: reader.positiveNumber(key('attention.layer_norm_epsilon')),
      activation: 'gelu_tanh',
    }),
  },
  build(config, tensors) {
    const b = new ProgramBuilder(tensors, kvGroupsOf(config));
    const tokens = b.embed('wte.weight', 'token', config.vocabSize, config.hiddenSize);
    const positions = b.embed('wpe.weight', 'position', config.contextLength, config.hiddenSize);
    let x = b.add('x', tokens, positions);
    for (let layer = 0; layer < config.layers; layer++) {
      x = b.scope(`h.${layer}`, () => block(b, config, layer, x));
    }
    x = b.layerNorm(b.gatherRows(x), 'ln_f', config.normEpsilon);
    const head = config.tiedEmbeddings ? 'wte' : 'lm_head';
    return b.select(b.linear('logits', x, head, config.vocabSize));
  },
};

// GPT-2's keys, and the keys of other families for the same sizes.
const ALIASES = {
  n_embd: 'hidden_size',
  n_layer: 'num_hidden_layers',
  n_head: 'num_attention_heads',
  n_positions: 'max_position_embeddings',
} as const;

function readHuggingFace(reader: ConfigReader, { tensors, maxDimension }: TensorBounds): HuggingFaceConfig {
  reader.acceptOnly('scale_attn_weights', true);
  reader.acceptOnly('scale_attn_by_inverse_layer_idx', false);
  const size = (key: keyof typeof ALIASES, fallback: number, max: number): number => {
    const alias = ALIASES[key];
    return reader.size(reader.rawValue(alias) === undefined ? key : alias, fallback, max);
  };
  // The fallbacks are the defaults of transformers.
  const hiddenSize = size('n_embd', 768, maxDimension);
  const heads = size('n_head', 12, maxDimension);
  return {
    vocabSize: reader.size('vocab_size', 50_257, maxDimension),
    hiddenSize,
    layers: size('n_layer', 12, tensors),
    heads,
    kvHeads: heads,
    headDim: hiddenSize / heads,
    ffnSize: reader.size('n_inner', 4 * hiddenSize, maxDimension),
    contextLength: size('n_positions', 1024, maxDimension),
    normEpsilon: reader.positiveNumber('layer_norm_epsilon', 1e-5),
    activation: reader.oneOf('activation_function', HUGGING_FACE_ACTIVATIONS, 'gelu_new'),
    tiedEmbeddings: reader.flag('tie_word_embeddings', true),
  };
}

function block(b: ProgramBuilder, config: ModelConfig, layer: number, x: ValueId): ValueId {
  const { hiddenSize, heads, kvHeads, headDim, ffnSize, normEpsilon } = config;
  const path = `h.${layer}`;

  const h = b.layerNorm(x, `${path}.ln_1`, normEpsilon);
  const projection = (name: string, index: number): ValueId =>
    b.linear(name, h, `${path}.attn.c_attn`, hiddenSize, {
      rows: 3 * hiddenSize,
      rowOffset: index * hiddenSize,
    });
  const attended = b.attention(projection('q', 0), projection('k', 1), projection('v', 2), {
    ...groupOfLayer(b.kvGroups, layer),
    heads,
    kvHeads,
    headDim,
    scale: headDim ** -0.5,
  });
  const a = b.add('x', x, b.linear('o', attended, `${path}.attn.c_proj`, hiddenSize));

  const n = b.layerNorm(a, `${path}.ln_2`, normEpsilon);
  const inner = b.activation(config.activation, b.linear('fc', n, `${path}.mlp.c_fc`, ffnSize));
  return b.add('x', a, b.linear('down', inner, `${path}.mlp.c_proj`, hiddenSize));
}
