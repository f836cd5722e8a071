// Gemma 2 (2B to 27B): every second layer attends to all tokens, the others have a sliding window. Attention scores and logits
// are limited by tanh.

import { gatedDecoder } from './gated-decoder.ts';
import {
  type DefaultSoftCaps,
  GEMMA_ACTIVATION,
  GEMMA_DEFAULTS,
  GEMMA_NORMS,
  GEMMA_TENSORS,
  GGUF_SOFT_CAPS,
  GGUF_WINDOW_PATTERN,
  gemmaMultipliers,
  ggufGemmaScale,
  readGemmaWindow,
  readGgufGemmaWindow,
  readGgufSoftCaps,
  readSoftCaps,
} from './gemma-decoder.ts';

const PATTERN = 2;
const SOFT_CAPS: DefaultSoftCaps = { attention: 50, logits: 30 };

export const gemma2 = gatedDecoder({
  architecture: 'gemma2',
  tensors: GEMMA_TENSORS,
  huggingFace: {
    defaults: { ...GEMMA_DEFAULTS, vocabSize: 256_000, contextLength: 8192 },
    requiredValues: { use_bidirectional_attention: false },
    activation: GEMMA_ACTIVATION,
    readWindow: readGemmaWindow(() => PATTERN),
    readExtension: (reader, shape) => ({
      attentionScale: reader.positiveNumber('query_pre_attn_scalar', 256) ** -0.5,
      multipliers: gemmaMultipliers(shape),
      softCaps: readSoftCaps(reader, SOFT_CAPS),
    }),
  },
  gguf: {
    architecture: 'gemma2',
    ropeLayout: 'half',
    activation: 'gelu_tanh',
    isWindowLayer: undefined,
    readWindow: (metadata) => readGgufGemmaWindow(metadata, PATTERN, 4096),
    keys: [GGUF_WINDOW_PATTERN, ...Object.values(GGUF_SOFT_CAPS)],
    readExtension: (metadata) => ({
      attentionScale: ggufGemmaScale(metadata.shape, 46),
      multipliers: gemmaMultipliers(metadata.shape),
      softCaps: readGgufSoftCaps(metadata, SOFT_CAPS),
    }),
  },
  quirks: { norms: GEMMA_NORMS },
});
