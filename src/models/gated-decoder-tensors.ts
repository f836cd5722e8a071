// The tensor names of a gated decoder. A family with additional tensors extends this table.

import type { TensorNames } from '../formats/family-format.ts';

/** Additional modules of a layer that normalize queries and keys. */
export const QUERY_KEY_NORMS = {
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
} as const;

export const GATED_DECODER_TENSORS: TensorNames = {
  global: { token_embd: 'model.embed_tokens', output_norm: 'model.norm', output: 'lm_head' },
  layer: {
    attn_norm: 'input_layernorm',
    attn_q: 'self_attn.q_proj',
    attn_k: 'self_attn.k_proj',
    attn_v: 'self_attn.v_proj',
    attn_output: 'self_attn.o_proj',
    ffn_norm: 'post_attention_layernorm',
    ffn_gate: 'mlp.gate_proj',
    ffn_up: 'mlp.up_proj',
    ffn_down: 'mlp.down_proj',
  },
  layerPrefix: 'model.layers.',
  // Names have no prefix `model.` if a model was saved without its head.
  canonicalName: (name) => name.replace(/^(?=layers\.|embed_tokens\.|norm\.)/, 'model.'),
  // The config contains rope_freqs. Older versions of transformers saved the rotary frequencies.
  derivedTensors: { gguf: ['attn_rot_embd', 'rope_freqs'], huggingFace: /rotary_emb\.inv_freq$/ },
  transposedModules: [],
};
