// Mistral 7B (Jiang et al. 2023) and its successors: Llama with a sliding window over all layers in the first
// version, none since. GGUF files call it llama; those that say mistral are laid out alike.

import { windowOf, windowSize } from '../formats/hugging-face/window.ts';
import { gatedDecoder } from './gated-decoder.ts';
import { type DecoderHuggingFace, LLAMA_ONLY, LLAMA_SIZES } from './gated-decoder-hugging-face.ts';
import { GATED_DECODER_TENSORS } from './gated-decoder-tensors.ts';

/** Of Ministral too. */
export const MISTRAL_HUGGING_FACE: DecoderHuggingFace = {
  defaults: { ...LLAMA_SIZES, vocabSize: 32_000, ffnSize: 14_336, kvHeads: 8, contextLength: 131_072 },
  only: LLAMA_ONLY,
  // Where a window is given all layers slide, or those that `layer_types` names, as in Ministral.
  window: (reader, layers) => windowOf(reader, layers, windowSize(reader, 4096), () => true),
};

export const mistral = gatedDecoder({
  architecture: 'mistral',
  tensors: GATED_DECODER_TENSORS,
  huggingFace: MISTRAL_HUGGING_FACE,
  gguf: { architecture: 'mistral', ropeLayout: 'interleaved', slides: () => true },
});
