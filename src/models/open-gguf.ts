// Opens a GGUF of any supported family.

import type { ModelFile } from '../base/model/model-file.ts';
import type { ByteSource } from '../formats/byte-source.ts';
import { type OpenSource, openGguf as openGgufOf } from '../formats/gguf/open.ts';
import { FAMILIES } from './registry.ts';

/**
 * Opens a model. Closing it closes `source` and the other shards. Rejects with `bad_gguf`, `unknown_architecture`,
 * `unsupported_config`, `unsupported_tensor_type` or `bad_tokenizer`; the caller then closes `source`.
 * @param open opens the other shards if `source` is any shard of a model in several files
 */
export function openGguf(source: ByteSource, open?: OpenSource): Promise<ModelFile> {
  return openGgufOf(source, FAMILIES, open);
}
