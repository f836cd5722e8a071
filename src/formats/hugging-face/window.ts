// The sliding window of a Hugging Face checkpoint: a size, and the layers that `layer_types` names.

import type { SlidingWindow } from '../../base/model/model-file.ts';
import type { ConfigReader } from '../config-reader.ts';

export type ReadWindow = (reader: ConfigReader, layers: number) => SlidingWindow | undefined;

/**
 * `sliding_window`; undefined where it is null, which is no window.
 * @param otherwise where it is absent
 */
export function windowSize(reader: ConfigReader, otherwise: number | undefined): number | undefined {
  return reader.has('sliding_window') ? reader.sizeIfThere('sliding_window') : otherwise;
}

/**
 * Throws `unsupported_config` where `layer_types` names sliding layers and there is no window.
 * @param slides whether a layer slides that `layer_types` does not name
 */
export function windowOf(
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
