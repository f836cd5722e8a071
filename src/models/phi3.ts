// Phi 3, 3.5 and 4 (mini and medium): Llama with merged tensors of queries, keys and values, and of gate and up. Only a part of
// each head is rotated in Phi 4 mini. Models for long contexts divide the rotary frequencies by one of two lists (LongRoPE),
// which the context length of the engine selects. llama.cpp ignores the sliding window of these models.

import type { TensorNames } from '../formats/family-format.ts';
import { readSharedRope } from '../formats/hugging-face/rope.ts';
import { readSlidingWindow, readWindowSize } from '../formats/hugging-face/window.ts';
import { gatedDecoder } from './gated-decoder.ts';
import { GATED_DECODER_TENSORS } from './gated-decoder-tensors.ts';

const { attn_q: _, attn_k: __, attn_v: ___, ffn_gate: ____, ...SHARED_MODULES } = GATED_DECODER_TENSORS.layer;

const TENSORS: TensorNames = {
  ...GATED_DECODER_TENSORS,
  layer: { ...SHARED_MODULES, attn_qkv: 'self_attn.qkv_proj', ffn_up: 'mlp.gate_up_proj' },
};

export const phi3 = gatedDecoder({
  architecture: 'phi3',
  tensors: TENSORS,
  huggingFace: {
    defaults: {
      vocabSize: 32_064,
      hiddenSize: 3072,
      ffnSize: 8192,
      layers: 32,
      heads: 32,
      contextLength: 4096,
      tiedEmbeddings: false,
      normEpsilon: 1e-5,
    },
    requiredValues: {},
    readRope: readSharedRope({
      theta: 10_000,
      isPartial: true,
      trainedContext: 4096,
      kinds: { su: 'longrope', yarn: 'longrope' }, // in the first checkpoints
    }),
    readWindow: (reader, layers) =>
      readSlidingWindow(reader, layers, readWindowSize(reader, undefined), () => true),
  },
  gguf: { architecture: 'phi3', ropeLayout: 'half', isWindowLayer: () => true },
  quirks: { mergedProjections: { attention: 'qkv_proj', feedForward: 'gate_up_proj' } },
});
