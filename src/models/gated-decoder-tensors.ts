// The names of a gated decoder's tensors. A family with tensors more adds them to these.

import type { TensorNames } from '../formats/family-format.ts';

export const GATED_DECODER_TENSORS: TensorNames = {
  whole: { token_embd: 'model.embed_tokens', output_norm: 'model.norm', output: 'lm_head' },
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
  // a model saved without its head lacks the prefix
  plainName: (name) => name.replace(/^(?=layers\.|embed_tokens\.|norm\.)/, 'model.'),
  // rope_freqs is read with the config; rotary angles are what older versions of transformers saved
  derived: { gguf: ['attn_rot_embd', 'rope_freqs'], huggingFace: /rotary_emb\.inv_freq$/ },
  transposed: [],
};
