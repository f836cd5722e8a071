// Whatever a path names, as a model of any family that Quire knows.

import type { ModelFile } from '../../base/model/model-file.ts';
import { openModelFile as openModelFileOf } from '../../formats/node/open-model.ts';
import { FAMILIES } from '../registry.ts';

/**
 * The model at `path`: a GGUF, a Hugging Face folder, or a safetensors file in one. Rejects with `file_not_found`,
 * `file_unreadable`, `unknown_format`, `unknown_architecture`, or an error of the format. The caller closes it.
 */
export function openModelFile(path: string): Promise<ModelFile> {
  return openModelFileOf(path, FAMILIES);
}
