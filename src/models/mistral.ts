// Mistral 7B (Jiang et al. 2023) and its successors: Llama with a sliding window in all layers in the first version, and no
// window since. Converters write the architecture llama into GGUF files; those with mistral have the same layout.

import { readSlidingWindow, readWindowSize } from '../formats/hugging-face/window.ts';
import { gatedDecoder } from './gated-decoder.ts';
import { type DecoderHuggingFace, LLAMA_ONLY, LLAMA_SIZES } from './gated-decoder-hugging-face.ts';
import { GATED_DECODER_TENSORS } from './gated-decoder-tensors.ts';

/** Ministral uses it too. */
export const MISTRAL_HUGGING_FACE: DecoderHuggingFace = {
  defaults: { ...LLAMA_SIZES, vocabSize: 32_000, ffnSize: 14_336, kvHeads: 8, contextLength: 131_072 },
  only: LLAMA_ONLY,
  // A window applies to all layers, or to those in `layer_types`, as in Ministral.
  window: (reader, layers) => readSlidingWindow(reader, layers, readWindowSize(reader, 4096), () => true),
};

export const mistral = gatedDecoder({
  architecture: 'mistral',
  tensors: GATED_DECODER_TENSORS,
  huggingFace: MISTRAL_HUGGING_FACE,
  gguf: { architecture: 'mistral', ropeLayout: 'interleaved', usesWindow: () => true },
});
