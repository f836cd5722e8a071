// Reads a model's configuration from the config.json of a Hugging Face checkpoint. Keys that no family supports are rejected
// here; the family reads the others. Both spellings of transformers are supported: that of version 4 (rope_theta,
// rope_scaling) and that of version 5 (rope_parameters).

import type { ModelConfig } from '../../base/model/model-file.ts';
import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { ConfigReader } from '../config-reader.ts';
import type { FamilyFormat } from '../family-format.ts';
import { checkConfig, type TensorExtent } from '../model-shape.ts';

/**
 * Returns the checked configuration. Throws `unsupported_config`, which names the key.
 * @param source the file's name in messages
 * @param name `name` of the config
 * @param extent of the checkpoint's tensors, an upper bound of all sizes
 */
export function readHuggingFaceConfig(
  source: string,
  { architecture, huggingFace }: FamilyFormat,
  name: string,
  config: JsonObject,
  extent: TensorExtent,
): ModelConfig {
  const reader = new ConfigReader(source, (key) => config[key]);
  reader.only('quantization_config');
  reader.only('is_encoder_decoder', false);
  reader.only('add_cross_attention', false);
  return checkConfig(source, { architecture, name, ...huggingFace.read(reader, extent) });
}
