// Llama (Touvron et al. 2023): pre-norm blocks of grouped-head attention with rotary positions and a gated
// feed-forward network, no biases unless the checkpoint has them.

import { QuireError } from '../base/errors.ts';
import type { ModelConfig, RopeConfig } from '../base/model-file.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { ValueId } from '../program/program.ts';
import { allLayers, type Family } from './family.ts';

export const llama: Family = {
  architecture: 'llama',
  build(config, tensors) {
    const b = new ProgramBuilder(tensors, [allLayers(config)]);
    const rope = ropeOf(config);
    let x = b.embed('model.embed_tokens.weight', 'token', config.vocabSize, config.hiddenSize);
    for (let layer = 0; layer < config.layers; layer++) {
      x = b.scope(`layers.${layer}`, () => block(b, config, rope, layer, x));
    }
    x = b.gatherRows(x);
    x = b.rmsNorm(x, 'model.norm.weight', config.normEpsilon);
    const head = config.tiedEmbeddings ? 'model.embed_tokens' : 'lm_head';
    return b.select(b.linear('logits', x, head, config.vocabSize));
  },
};

function ropeOf(config: ModelConfig): RopeConfig {
  if (config.rope !== undefined) return config.rope;
  throw new QuireError(
    'unsupported_config',
    'a llama model without rotary positions',
    'check the config: rope_theta or llama.rope.dimension_count is expected',
  );
}

function block(b: ProgramBuilder, config: ModelConfig, rope: RopeConfig, layer: number, x: ValueId): ValueId {
  const { hiddenSize, heads, kvHeads, headDim, ffnSize, normEpsilon } = config;
  const path = `model.layers.${layer}`;

  const h = b.rmsNorm(x, `${path}.input_layernorm.weight`, normEpsilon);
  const q = b.linear('q', h, `${path}.self_attn.q_proj`, heads * headDim);
  const k = b.linear('k', h, `${path}.self_attn.k_proj`, kvHeads * headDim);
  const v = b.linear('v', h, `${path}.self_attn.v_proj`, kvHeads * headDim);
  const attended = b.attention(
    b.rope('q.rope', q, heads, headDim, rope),
    b.rope('k.rope', k, kvHeads, headDim, rope),
    v,
    {
      group: 0,
      layerInGroup: layer,
      heads,
      kvHeads,
      headDim,
      scale: headDim ** -0.5,
    },
  );
  const a = b.add('x', x, b.linear('o', attended, `${path}.self_attn.o_proj`, hiddenSize));

  const n = b.rmsNorm(a, `${path}.post_attention_layernorm.weight`, normEpsilon);
  const gate = b.activation(config.activation, b.linear('gate', n, `${path}.mlp.gate_proj`, ffnSize));
  const up = b.linear('up', n, `${path}.mlp.up_proj`, ffnSize);
  return b.add('x', a, b.linear('down', b.mul('gated', gate, up), `${path}.mlp.down_proj`, hiddenSize));
}
