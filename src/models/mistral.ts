// Mistral 7B (Jiang et al. 2023) and its successors: Llama with a sliding window in all layers in the first version,
// and no window in later versions. Converters write GGUF files with the architecture llama; files with mistral have the
// same layout.

import { readSlidingWindow, readWindowSize } from '../formats/hugging-face/window.ts';
import { gatedDecoder } from './gated-decoder.ts';
import {
  type DecoderHuggingFace,
  LLAMA_DEFAULTS,
  LLAMA_REQUIRED_VALUES,
} from './gated-decoder-hugging-face.ts';
import { GATED_DECODER_TENSORS } from './gated-decoder-tensors.ts';

/** The config.json of Mistral and Ministral. */
export const MISTRAL_HUGGING_FACE: DecoderHuggingFace = {
  defaults: { ...LLAMA_DEFAULTS, vocabSize: 32_000, ffnSize: 14_336, kvHeads: 8, contextLength: 131_072 },
  requiredValues: LLAMA_REQUIRED_VALUES,
  // The window applies to all layers, or to the layers in `layer_types`, as in Ministral.
  readWindow: (reader, layers) => readSlidingWindow(reader, layers, readWindowSize(reader, 4096), () => true),
};

export const mistral = gatedDecoder({
  architecture: 'mistral',
  tensors: GATED_DECODER_TENSORS,
  huggingFace: MISTRAL_HUGGING_FACE,
  gguf: { architecture: 'mistral', ropeLayout: 'interleaved', isWindowLayer: () => true },
});
