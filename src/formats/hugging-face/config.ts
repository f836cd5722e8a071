// The configuration of a model from the config.json of a Hugging Face checkpoint: what would change any network is
// refused here, the rest is read by the family. Both spellings of transformers are read: up to version 4 (rope_theta,
// rope_scaling) and from version 5 on (rope_parameters).

import type { ModelConfig } from '../../base/model/model-file.ts';
import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { ConfigReader } from '../config-reader.ts';
import type { FamilyFormat } from '../family-format.ts';
import { checkConfig, type TensorExtent } from '../model-shape.ts';

/**
 * @param source names the file in messages
 * @param name what people call the model
 * @param extent of the tensors beside it, which bounds what is believed
 * Throws `unsupported_config`, which names the key.
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
