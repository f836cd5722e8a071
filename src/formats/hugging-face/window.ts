// Reads the sliding window of a config.json: its size, and which layers `layer_types` assigns it to.

import type { SlidingWindow } from '../../base/model/model-file.ts';
import type { ConfigReader } from '../config-reader.ts';

/** Returns the window of a model with so many layers; undefined for none. */
export type ReadWindow = (reader: ConfigReader, layers: number) => SlidingWindow | undefined;

/**
 * Returns `sliding_window`; undefined for null, which means no window.
 * @param fallback the size if the key is absent
 */
export function windowSize(reader: ConfigReader, fallback: number | undefined): number | undefined {
  return reader.has('sliding_window') ? reader.optionalSize('sliding_window') : fallback;
}

/**
 * Returns the window of the layers in `layer_types`. Throws `unsupported_config` if some of them slide and `size` is
 * undefined.
 * @param usesWindow whether a layer uses the window if the config has no `layer_types`
 */
export function windowOf(
  reader: ConfigReader,
  layers: number,
  size: number | undefined,
  usesWindow: (layer: number) => boolean,
): SlidingWindow | undefined {
  const named = layerTypes(reader, layers);
  if (size === undefined) {
    if (named?.includes(true) === true) throw reader.unsupported('layer_types', 'full_attention');
    return undefined;
  }
  return { size, layers: named ?? Array.from({ length: layers }, (_, layer) => usesWindow(layer)) };
}

const SLIDES: Readonly<Record<string, boolean>> = {
  full_attention: false,
  attention: false, // possible before version 5 of transformers
  sliding_attention: true,
};

function layerTypes(reader: ConfigReader, layers: number): readonly boolean[] | undefined {
  const types = reader.raw('layer_types');
  if (types === undefined) return undefined;
  const known = (type: unknown): type is string => typeof type === 'string' && Object.hasOwn(SLIDES, type);
  if (!Array.isArray(types) || types.length !== layers || !types.every(known))
    throw reader.unsupported('layer_types', `a list of ${layers} times full_attention or sliding_attention`);
  return types.map((type) => SLIDES[type] === true);
}
