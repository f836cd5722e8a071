// Ministral 8B: Mistral with full attention in some layers and a sliding window in the others, as listed in
// `layer_types`. Transformers writes the architecture `ministral`; older checkpoints have `mistral`. No converter
// writes GGUF files of this family.

import { gatedDecoder } from './gated-decoder.ts';
import { GATED_DECODER_TENSORS } from './gated-decoder-tensors.ts';
import { MISTRAL_HUGGING_FACE } from './mistral.ts';

export const ministral = gatedDecoder({
  architecture: 'ministral',
  tensors: GATED_DECODER_TENSORS,
  huggingFace: MISTRAL_HUGGING_FACE,
  gguf: undefined,
});
