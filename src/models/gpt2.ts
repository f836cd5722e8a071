// GPT-2 (Radford et al. 2019): pre-norm blocks with layer norm, learned positions and biases everywhere.
// Q, K and V are one tensor in the checkpoint and are read as three slices of it.

import type { ModelConfig } from '../base/model-file.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { ValueId } from '../program/program.ts';
import { type Family, kvGroupsOf, placeOf } from './family.ts';

export const gpt2: Family = {
  architecture: 'gpt2',
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

function block(b: ProgramBuilder, config: ModelConfig, layer: number, x: ValueId): ValueId {
  const { hiddenSize, heads, kvHeads, headDim, ffnSize, normEpsilon } = config;
  const path = `h.${layer}`;

  const h = b.layerNorm(x, `${path}.ln_1`, normEpsilon);
  const part = (name: string, index: number): ValueId =>
    b.linear(name, h, `${path}.attn.c_attn`, hiddenSize, {
      rows: 3 * hiddenSize,
      rowOffset: index * hiddenSize,
    });
  const attended = b.attention(part('q', 0), part('k', 1), part('v', 2), {
    ...placeOf(b.kvGroups, layer),
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
