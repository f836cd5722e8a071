// A GGUF file of any family that Quire knows.

import type { ModelFile } from '../base/model/model-file.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import { type OpenSource, openGguf as openGgufOf } from '../formats/gguf/open.ts';
import { FAMILIES } from './registry.ts';

/**
 * Opens a model; `source` and the shards beside it are closed with it, `source` by the caller when this rejects:
 * with `bad_gguf`, `unknown_architecture`, `unsupported_config`, `unsupported_tensor_type` or `bad_tokenizer`.
 * @param open opens the other shards of a file that is one of several; any of them may be given
 */
export function openGguf(source: ByteSource, open?: OpenSource): Promise<ModelFile> {
  return openGgufOf(source, FAMILIES, open);
}
