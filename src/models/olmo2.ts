// OLMo 2: attention and feed-forward network are normalized after instead of before, and queries and keys as whole rows instead
// of by head. GGUF files of OLMo 3 have the same architecture and a sliding window, which is rejected.

import type { TensorNames } from '../formats/family-format.ts';
import { gatedDecoder } from './gated-decoder.ts';
import { LLAMA_DEFAULTS } from './gated-decoder-hugging-face.ts';
import { GATED_DECODER_TENSORS, QUERY_KEY_NORMS } from './gated-decoder-tensors.ts';

const { attn_norm: _, ffn_norm: __, ...SHARED_MODULES } = GATED_DECODER_TENSORS.layer;

const TENSORS: TensorNames = {
  ...GATED_DECODER_TENSORS,
  layer: {
    ...SHARED_MODULES,
    ...QUERY_KEY_NORMS,
    post_attention_norm: 'post_attention_layernorm',
    post_ffw_norm: 'post_feedforward_layernorm',
  },
};

export const olmo2 = gatedDecoder({
  architecture: 'olmo2',
  tensors: TENSORS,
  huggingFace: {
    defaults: {
      ...LLAMA_DEFAULTS,
      vocabSize: 50_304,
      ffnSize: 11_008,
      contextLength: 2048,
      normEpsilon: 1e-5,
    },
    requiredValues: {},
    readWindow: undefined,
  },
  gguf: { architecture: 'olmo2', ropeLayout: 'half', isWindowLayer: undefined },
  quirks: {
    norms: { afterAttention: 'post_attention_layernorm', afterFeedForward: 'post_feedforward_layernorm' },
    queryKeyNorms: 'rows',
  },
});
