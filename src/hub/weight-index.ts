// The files that model.safetensors.index.json names. It comes over a network and its names become paths.

import { QuireError } from '../base/errors.ts';
import { safePath } from './safe-path.ts';

/** Throws `bad_model_folder` or `unsafe_path`. `source` names the index in messages. */
export function readWeightIndex(text: string, source: string): string[] {
  const map = parseMap(text, source);
  const files = new Set<string>();
  for (const file of Object.values(map)) {
    if (typeof file !== 'string') throw badIndex(source, 'maps a tensor to no file');
    files.add(safePath(file, source));
  }
  if (files.size === 0) throw badIndex(source, 'names no files');
  return [...files].sort();
}

function parseMap(text: string, source: string): object {
  try {
    const index: unknown = JSON.parse(text);
    if (typeof index === 'object' && index !== null && 'weight_map' in index) {
      const map = index.weight_map;
      if (typeof map === 'object' && map !== null) return map;
    }
  } catch (error) {
    throw badIndex(source, 'is not JSON', error);
  }
  throw badIndex(source, 'has no weight_map');
}

function badIndex(source: string, fault: string, cause?: unknown): QuireError {
  return new QuireError('bad_model_folder', `${source} ${fault}`, 'choose another repository', { cause });
}
