// Qwen 3: each head of queries and keys is normalized before it turns (QK norm), which keeps the scores in
// bounds without the biases of Qwen 2. Its head size is its own, not the hidden size divided by the heads.

import { gatedDecoder } from './gated-decoder.ts';

export const qwen3 = gatedDecoder('qwen3', {
  beforeRope: (b, config, heads, module) => {
    const name = module.endsWith('.q') ? 'q.norm' : 'k.norm';
    return b.rmsNorm(heads, `${module}_norm.weight`, config.normEpsilon, name, config.headDim);
  },
});
