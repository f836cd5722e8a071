// Reads the file names in model.safetensors.index.json. The names are untrusted and become paths, so they are checked.

import { QuireError } from '../base/errors.ts';
import { requireSafePath } from './require-safe-path.ts';

/** Returns the file names, sorted. Throws `bad_model_folder` or `unsafe_path`. @param source the index, for messages */
export function readWeightIndex(text: string, source: string): string[] {
  const map = parseMap(text, source);
  const files = new Set<string>();
  for (const file of Object.values(map)) {
    if (typeof file !== 'string') throw badIndex(source, 'maps a tensor to a value that is not a file name');
    files.add(requireSafePath(file, source));
  }
  if (files.size === 0) throw badIndex(source, 'has no file names');
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
  return new QuireError('bad_model_folder', `${source} ${fault}`, 'use another repository', { cause });
}
