// Ministral 8B: Mistral of whose layers some attend to everything and the others slide, as `layer_types` says. Transformers
// writes `ministral`, older checkpoints of it say `mistral`. No converter writes GGUF files of it.

import { gatedDecoder } from './gated-decoder.ts';
import { GATED_DECODER_TENSORS } from './gated-decoder-tensors.ts';
import { MISTRAL_HUGGING_FACE } from './mistral.ts';

export const ministral = gatedDecoder({
  architecture: 'ministral',
  tensors: GATED_DECODER_TENSORS,
  huggingFace: MISTRAL_HUGGING_FACE,
  gguf: undefined,
});
