// Qwen 2 and 2.5, and the DeepSeek-R1 distillations of them: Llama with biases of queries, keys and values, which the builder
// finds among the tensors, and an optional sliding window in the upper layers.

import { type ReadWindow, readSlidingWindow, readWindowSize } from '../formats/hugging-face/window.ts';
import { gatedDecoder } from './gated-decoder.ts';
import { type DecoderDefaults, LLAMA_ONLY, LLAMA_SIZES } from './gated-decoder-hugging-face.ts';
import { GATED_DECODER_TENSORS } from './gated-decoder-tensors.ts';

/** Qwen 3 uses them too. */
export const QWEN_DEFAULTS: DecoderDefaults = {
  ...LLAMA_SIZES,
  vocabSize: 151_936,
  ffnSize: 22_016,
  kvHeads: 32,
  contextLength: 32_768,
};

/** Only with `use_sliding_window`: in the layers from `max_window_layers` on, or those in `layer_types`. */
export const qwenWindow: ReadWindow = (reader, layers) => {
  const size = reader.flag('use_sliding_window', false) ? readWindowSize(reader, 4096) : undefined;
  const from = reader.count('max_window_layers', 28);
  return readSlidingWindow(reader, layers, size, (layer) => layer >= from);
};

export const qwen2 = gatedDecoder({
  architecture: 'qwen2',
  tensors: GATED_DECODER_TENSORS,
  huggingFace: { defaults: QWEN_DEFAULTS, only: LLAMA_ONLY, window: qwenWindow },
  gguf: { architecture: 'qwen2', ropeLayout: 'half', usesWindow: undefined },
});
