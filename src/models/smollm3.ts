// SmolLM3: Llama in which every fourth layer has no rotary embedding (NoPE), so the scores in these layers do not depend
// on the distance between tokens. A config.json contains either `no_rope_layers`, a list with 0 for each layer without
// rotary embedding and 1 for each other layer, or the interval of the layers without it (`no_rope_layer_interval`).
// `use_sliding_window` enables a window in the layers without rotary embedding. GGUF files contain none of these
// settings: llama.cpp assumes every fourth layer, and its converter permutes the rows of Q and K in all layers, as for
// Llama.

import type { ConfigReader } from '../formats/config-reader.ts';
import { readSharedRope } from '../formats/hugging-face/rope.ts';
import { readSlidingWindow, readWindowSize } from '../formats/hugging-face/window.ts';
import { gatedDecoder } from './gated-decoder.ts';
import { GATED_DECODER_TENSORS } from './gated-decoder-tensors.ts';

const INTERVAL = 4;

export const smollm3 = gatedDecoder({
  architecture: 'smollm3',
  tensors: GATED_DECODER_TENSORS,
  huggingFace: {
    defaults: {
      vocabSize: 128_256,
      hiddenSize: 2048,
      ffnSize: 11_008,
      layers: 36,
      heads: 16,
      kvHeads: 4,
      contextLength: 32_768,
      tiedEmbeddings: true,
    },
    requiredValues: {}, // pretraining_tp is 2 in the published checkpoint, but has no effect
    readRope: readSharedRope({ theta: 2_000_000 }),
    readWindow(reader, layers) {
      const size = reader.flag('use_sliding_window', false) ? readWindowSize(reader, undefined) : undefined;
      const ropeLayers = readRopeLayers(reader, layers);
      return readSlidingWindow(reader, layers, size, (layer) => ropeLayers[layer] === false);
    },
    readExtension: (reader, { layers }) => ({ ropeLayers: readRopeLayers(reader, layers) }),
  },
  gguf: {
    architecture: 'smollm3',
    ropeLayout: 'interleaved',
    isWindowLayer: undefined,
    readExtension: ({ shape }) => ({ ropeLayers: allLayersExceptEveryNth(shape.layers, INTERVAL) }),
  },
});

function readRopeLayers(reader: ConfigReader, layers: number): readonly boolean[] {
  const key = 'no_rope_layers';
  const list = reader.rawValue(key);
  if (list === undefined)
    return allLayersExceptEveryNth(layers, reader.size('no_rope_layer_interval', INTERVAL));
  // As in transformers, a list may be longer than the model.
  if (!Array.isArray(list) || list.length < layers || !list.every((value) => value === 0 || value === 1))
    throw reader.unsupportedError(key, `a list of ${layers} values, each 0 or 1`);
  return list.slice(0, layers).map((value) => value === 1);
}

/** Returns, for each layer, false if it is the last of `interval` layers, and true otherwise. */
function allLayersExceptEveryNth(layers: number, interval: number): readonly boolean[] {
  return Array.from({ length: layers }, (_, layer) => (layer + 1) % interval !== 0);
}
