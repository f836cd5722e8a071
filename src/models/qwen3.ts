// Qwen 3: each head of queries and keys is normalized before rotary embedding (QK norm), which bounds the scores
// without the biases of Qwen 2. The head size is a separate parameter, not the hidden size divided by the number of
// heads.

import type { TensorNames } from '../formats/family-format.ts';
import { gatedDecoder } from './gated-decoder.ts';
import { LLAMA_REQUIRED_VALUES } from './gated-decoder-hugging-face.ts';
import { GATED_DECODER_TENSORS, QUERY_KEY_NORMS } from './gated-decoder-tensors.ts';
import { QWEN_DEFAULTS, readQwenWindow } from './qwen2.ts';

const TENSORS: TensorNames = {
  ...GATED_DECODER_TENSORS,
  layer: { ...GATED_DECODER_TENSORS.layer, ...QUERY_KEY_NORMS },
};

export const qwen3 = gatedDecoder({
  architecture: 'qwen3',
  tensors: TENSORS,
  huggingFace: {
    defaults: { ...QWEN_DEFAULTS, headDim: 128 },
    requiredValues: LLAMA_REQUIRED_VALUES,
    readWindow: readQwenWindow,
  },
  gguf: { architecture: 'qwen3', ropeLayout: 'half', isWindowLayer: undefined },
  quirks: { queryKeyNorms: 'heads' },
});
