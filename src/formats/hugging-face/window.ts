// Reads the sliding window of a config.json: its size, and the layers that have it according to `layer_types`.

import type { SlidingWindow } from '../../base/model/model-file.ts';
import type { ConfigReader } from '../config-reader.ts';

/** Returns the sliding window of a model with `layers` layers; undefined if it has none. */
export type ReadWindow = (reader: ConfigReader, layers: number) => SlidingWindow | undefined;

/**
 * Returns `sliding_window`; undefined for null, which means no window.
 * @param fallback the size if the key is absent
 */
export function readWindowSize(reader: ConfigReader, fallback: number | undefined): number | undefined {
  return reader.has('sliding_window') ? reader.optionalSize('sliding_window') : fallback;
}

/**
 * Returns the window of the layers in `layer_types`. Throws `unsupported_config` if one of them uses the window and
 * `size` is undefined.
 * @param usesWindow whether a layer uses the window if the config has no `layer_types`
 */
export function readSlidingWindow(
  reader: ConfigReader,
  layers: number,
  size: number | undefined,
  usesWindow: (layer: number) => boolean,
): SlidingWindow | undefined {
  const usesWindowByLayer = layerTypes(reader, layers);
  if (size === undefined) {
    if (usesWindowByLayer?.includes(true) === true)
      throw reader.unsupportedError('layer_types', 'full_attention');
    return undefined;
  }
  return {
    size,
    layers: usesWindowByLayer ?? Array.from({ length: layers }, (_, layer) => usesWindow(layer)),
  };
}

const USES_WINDOW: Readonly<Record<string, boolean>> = {
  full_attention: false,
  attention: false, // accepted before version 5 of transformers
  sliding_attention: true,
};

function layerTypes(reader: ConfigReader, layers: number): readonly boolean[] | undefined {
  const types = reader.rawValue('layer_types');
  if (types === undefined) return undefined;
  const isKnown = (type: unknown): type is string =>
    typeof type === 'string' && Object.hasOwn(USES_WINDOW, type);
  if (!Array.isArray(types) || types.length !== layers || !types.every(isKnown))
    throw reader.unsupportedError(
      'layer_types',
      `a list of ${layers} times full_attention or sliding_attention`,
    );
  return types.map((type) => USES_WINDOW[type] === true);
}
