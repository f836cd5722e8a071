// Reads a model's configuration from the config.json of a Hugging Face checkpoint. Keys that no family supports are
// rejected here; the family reads the other keys. The keys of transformers 4 (rope_theta, rope_scaling) and of
// transformers 5 (rope_parameters) are supported.

import type { ModelConfig } from '../../base/model/model-file.ts';
import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { ConfigReader } from '../config-reader.ts';
import type { FamilyFormat } from '../family-format.ts';
import { checkConfig, type TensorBounds } from '../model-shape.ts';

/**
 * Returns the checked configuration. Throws `unsupported_config`, which names the key.
 * @param source the file's name in messages
 * @param name becomes `name` of the config
 * @param bounds upper bounds of all sizes, derived from the tensors of the checkpoint
 */
export function readHuggingFaceConfig(
  source: string,
  { architecture, huggingFace }: FamilyFormat,
  name: string,
  config: JsonObject,
  bounds: TensorBounds,
): ModelConfig {
  const reader = new ConfigReader(source, (key) => config[key]);
  reader.acceptOnly('quantization_config');
  reader.acceptOnly('is_encoder_decoder', false);
  reader.acceptOnly('add_cross_attention', false);
  reader.acceptOnly('is_causal', true);
  reader.acceptOnly('use_bidirectional_attention', false);
  return checkConfig(source, { architecture, name, ...huggingFace.read(reader, bounds) });
}
