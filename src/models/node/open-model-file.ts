// Opens the model at a path, of any supported family and format.

import type { ModelFile } from '../../base/model/model-file.ts';
import { openModelFile as openModelFileOf } from '../../formats/node/open-model.ts';
import { FAMILIES } from '../registry.ts';

/**
 * Opens the model at `path`: a GGUF, a Hugging Face folder, or a safetensors file in such a folder. The caller closes
 * it. Rejects with `file_not_found`, `file_unreadable`, `unknown_format`, `unknown_architecture`, or an error of the
 * format.
 */
export function openModelFile(path: string): Promise<ModelFile> {
  return openModelFileOf(path, FAMILIES);
}

/** Like `openModelFile`, but the tokenizer of a GGUF is read when it is first used, which throws its errors. */
export function openModelToLoad(path: string): Promise<ModelFile> {
  return openModelFileOf(path, FAMILIES, 'when used');
}
