// Which layers of a Hugging Face checkpoint slide, and how far they see.

import type { SlidingWindow } from '../base/model-file.ts';
import type { ConfigReader } from './config-reader.ts';
import { WINDOW_DEFAULTS } from './hugging-face-defaults.ts';

export type ReadWindow = (reader: ConfigReader, layers: number) => SlidingWindow | undefined;

/** Mistral: where a window is given all layers slide, or those that `layer_types` names, as in Ministral. */
export const mistralWindow: ReadWindow = (reader, layers) =>
  windowOf(reader, layers, windowSize(reader), () => true);

/** Qwen: only on request, and then in the layers from `max_window_layers` on, or those that `layer_types` names. */
export const qwenWindow: ReadWindow = (reader, layers) => {
  const size = reader.flag('use_sliding_window', false) ? windowSize(reader) : undefined;
  const from = reader.count('max_window_layers', WINDOW_DEFAULTS.firstLayer);
  return windowOf(reader, layers, size, (layer) => layer >= from);
};

// Null is no window, where absence is the usual one.
function windowSize(reader: ConfigReader): number | undefined {
  return reader.has('sliding_window') ? reader.sizeIfThere('sliding_window') : WINDOW_DEFAULTS.size;
}

function windowOf(
  reader: ConfigReader,
  layers: number,
  size: number | undefined,
  slides: (layer: number) => boolean,
): SlidingWindow | undefined {
  const named = layerTypes(reader, layers);
  if (size === undefined) {
    if (named?.includes(true) === true) throw reader.unsupported('layer_types', 'layers that see everything');
    return undefined;
  }
  return { size, layers: named ?? Array.from({ length: layers }, (_, layer) => slides(layer)) };
}

const SLIDES: Readonly<Record<string, boolean>> = {
  full_attention: false,
  attention: false, // as versions before 5 may spell it
  sliding_attention: true,
};

function layerTypes(reader: ConfigReader, layers: number): readonly boolean[] | undefined {
  const types = reader.raw('layer_types');
  if (types === undefined) return undefined;
  const known = (type: unknown): type is string => typeof type === 'string' && Object.hasOwn(SLIDES, type);
  if (!Array.isArray(types) || types.length !== layers || !types.every(known))
    throw reader.unsupported('layer_types', `${layers} of full_attention or sliding_attention`);
  return types.map((type) => SLIDES[type] === true);
}
