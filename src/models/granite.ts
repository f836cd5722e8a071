// Granite 3.x and 4.0 (dense): Llama with four constant factors: of the embeddings, of the attention scores, of the output of
// each sublayer before it is added, and of the logits. In a GGUF, the factors of scores, embeddings and sublayers may be 0 or
// absent, which stands for 1 / sqrt(head size), 1 and 1.

import { gatedDecoder } from './gated-decoder.ts';
import { LLAMA_DEFAULTS } from './gated-decoder-hugging-face.ts';
import { GATED_DECODER_TENSORS } from './gated-decoder-tensors.ts';

const ATTENTION = 'attention.scale';
const EMBEDDING = 'embedding_scale';
const RESIDUAL = 'residual_scale';
const LOGITS = 'logit_scale';

// Files of Granite 4.0 contain these keys of the hybrid models of the family. Without the tensors to which they belong, they
// have no effect.
const HYBRID_KEYS = [
  'expert_shared_feed_forward_length',
  'ssm.conv_kernel',
  'ssm.group_count',
  'ssm.inner_size',
  'ssm.state_size',
  'ssm.time_step_rank',
];

export const granite = gatedDecoder({
  architecture: 'granite',
  tensors: GATED_DECODER_TENSORS,
  huggingFace: {
    defaults: { ...LLAMA_DEFAULTS, vocabSize: 32_000, ffnSize: 11_008, contextLength: 2048 },
    requiredValues: {},
    readWindow: undefined,
    readExtension: (reader) => ({
      attentionScale: reader.positiveNumber('attention_multiplier', 1),
      multipliers: {
        embedding: reader.positiveNumber('embedding_multiplier', 1),
        residual: reader.positiveNumber('residual_multiplier', 1),
        logits: 1 / reader.positiveNumber('logits_scaling', 1),
      },
    }),
  },
  gguf: {
    architecture: 'granite',
    ropeLayout: 'interleaved',
    isWindowLayer: undefined,
    keys: [ATTENTION, EMBEDDING, RESIDUAL, LOGITS, ...HYBRID_KEYS],
    readExtension({ reader, key }) {
      // llama.cpp does not rotate queries and keys if this is false.
      reader.acceptOnly(key('rope.scaling.finetuned'), true);
      const factor = (name: string): number | undefined =>
        (reader.rawValue(key(name)) ?? 0) === 0 ? undefined : reader.positiveNumber(key(name));
      const attentionScale = factor(ATTENTION);
      return {
        ...(attentionScale === undefined ? {} : { attentionScale }),
        multipliers: {
          embedding: factor(EMBEDDING) ?? 1,
          residual: factor(RESIDUAL) ?? 1,
          logits: 1 / reader.positiveNumber(key(LOGITS)),
        },
      };
    },
  },
});
