// SmolLM3: Llama in which every fourth layer has no rotary embedding (NoPE) and therefore attends by content at any
// distance. A config.json lists these layers (`no_rope_layers`, with 1 for rotary embedding) or their interval;
// `use_sliding_window` enables a window in the layers without rotary embedding. GGUF files contain none of these
// settings: llama.cpp assumes every fourth layer, and its converter permutes the rows of Q and K in all layers, as for
// Llama.

import type { ConfigReader } from '../formats/config-reader.ts';
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
      ropeTheta: 2_000_000,
      tiedEmbeddings: true,
    },
    requiredValues: {}, // pretraining_tp is 2 in the published checkpoint, but has no effect
    readWindow(reader, layers) {
      const size = reader.flag('use_sliding_window', false) ? readWindowSize(reader, undefined) : undefined;
      const ropeLayers = readRopeLayers(reader, layers);
      return readSlidingWindow(reader, layers, size, (layer) => ropeLayers[layer] === false);
    },
  },
  gguf: { architecture: 'smollm3', ropeLayout: 'interleaved', usesWindow: undefined },
  ropeLayers: { huggingFace: readRopeLayers, gguf: (layers) => layersExceptEvery(layers, INTERVAL) },
});

function readRopeLayers(reader: ConfigReader, layers: number): readonly boolean[] {
  const key = 'no_rope_layers';
  const list = reader.rawValue(key);
  if (list === undefined) return layersExceptEvery(layers, reader.size('no_rope_layer_interval', INTERVAL));
  // As in transformers, a list may be longer than the model.
  if (!Array.isArray(list) || list.length < layers || !list.every((value) => value === 0 || value === 1))
    throw reader.unsupportedError(key, `a list of ${layers} times 0 or 1`);
  return list.slice(0, layers).map((value) => value === 1);
}

/** Returns true for all layers except the last of each `interval` layers. [layers] */
function layersExceptEvery(layers: number, interval: number): readonly boolean[] {
  return Array.from({ length: layers }, (_, layer) => (layer + 1) % interval !== 0);
}
