// Qwen 2 and 2.5, and their DeepSeek-R1 distillations: Llama with biases for queries, keys and values, and an optional
// sliding window in the upper layers. `ProgramBuilder.linear` adds the biases whose tensors the file contains.

import { type ReadWindow, readSlidingWindow, readWindowSize } from '../formats/hugging-face/window.ts';
import { gatedDecoder } from './gated-decoder.ts';
import { type DecoderDefaults, LLAMA_DEFAULTS, LLAMA_REQUIRED_VALUES } from './gated-decoder-hugging-face.ts';
import { GATED_DECODER_TENSORS } from './gated-decoder-tensors.ts';

/** The defaults of Qwen 2 and Qwen 3. */
export const QWEN_DEFAULTS: DecoderDefaults = {
  ...LLAMA_DEFAULTS,
  vocabSize: 151_936,
  ffnSize: 22_016,
  kvHeads: 32,
  contextLength: 32_768,
};

/**
 * Reads the sliding window, which exists only with `use_sliding_window`. It applies to the layers from
 * `max_window_layers` on, or to the layers in `layer_types`.
 */
export const readQwenWindow: ReadWindow = (reader, layers) => {
  const size = reader.flag('use_sliding_window', false) ? readWindowSize(reader, 4096) : undefined;
  const firstLayer = reader.count('max_window_layers', 28);
  return readSlidingWindow(reader, layers, size, (layer) => layer >= firstLayer);
};

export const qwen2 = gatedDecoder({
  architecture: 'qwen2',
  tensors: GATED_DECODER_TENSORS,
  huggingFace: { defaults: QWEN_DEFAULTS, requiredValues: LLAMA_REQUIRED_VALUES, readWindow: readQwenWindow },
  gguf: { architecture: 'qwen2', ropeLayout: 'half', isWindowLayer: undefined },
});
