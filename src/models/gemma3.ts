// Gemma 3 (4B to 27B) from checkpoints that also read images: `text_config` describes the text part, and the tensors of the image
// part are not loaded. GGUF files have this architecture with and without images; they state neither the layers with a window nor
// the base of their rotary embedding, for which llama.cpp assumes the values of the published models.

import { ConfigReader } from '../formats/config-reader.ts';
import { isJsonObject } from '../formats/json-object.ts';
import type { ModelFamily } from './family.ts';
import {
  GGUF_SOFT_CAPS,
  GGUF_WINDOW_PATTERN,
  gemmaMultipliers,
  ggufGemmaScale,
  NO_SOFT_CAPS,
  readGgufGemmaWindow,
  readGgufSoftCaps,
} from './gemma-decoder.ts';
import { gemma3Decoder, gemma3Text, WINDOW_PATTERN, WINDOW_THETA } from './gemma3_text.ts';

const WINDOW_THETA_KEY = 'rope.freq_base_swa';

const decoder = gemma3Decoder('gemma3', {
  architecture: 'gemma3',
  ropeLayout: 'half',
  activation: 'gelu_tanh',
  isWindowLayer: undefined,
  readWindow: (metadata) => readGgufGemmaWindow(metadata, WINDOW_PATTERN, 0),
  keys: [GGUF_WINDOW_PATTERN, WINDOW_THETA_KEY, GGUF_SOFT_CAPS.logits],
  readExtension: (metadata) => {
    const { reader, key, shape } = metadata;
    return {
      windowRope: {
        layout: 'half',
        theta: reader.positiveNumber(key(WINDOW_THETA_KEY), WINDOW_THETA),
        dim: reader.size(key('rope.dimension_count'), shape.headDim, shape.headDim),
      },
      attentionScale: ggufGemmaScale(shape, 62),
      multipliers: gemmaMultipliers(shape),
      softCaps: readGgufSoftCaps(metadata, NO_SOFT_CAPS),
    };
  },
});

export const gemma3: ModelFamily = {
  ...decoder,
  huggingFace: { read: (reader, bounds) => decoder.huggingFace.read(textReader(reader), bounds) },
};

// Returns the reader of `text_config`. As in transformers, the top-level config states whether the head is tied.
function textReader(reader: ConfigReader): ConfigReader {
  const text = reader.rawValue('text_config') ?? {};
  if (!isJsonObject(text)) throw reader.unsupportedError('text_config', 'an object');
  const nested = new ConfigReader(`${reader.source}: text_config`, (key) =>
    key === 'tie_word_embeddings' ? reader.rawValue(key) : text[key],
  );
  nested.acceptOnly('model_type', gemma3Text.architecture);
  nested.acceptOnly('quantization_config');
  return nested;
}
