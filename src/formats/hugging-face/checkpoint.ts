// Reads the config and the tensor table of a Hugging Face checkpoint, and checks that they agree.

import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { type FamilyFormat, huggingFaceFamily } from '../family-format.ts';
import { tensorBounds } from '../model-shape.ts';
import type { PoolingSettings } from '../pooling.ts';
import type { SafetensorsEntry } from '../safetensors/header.ts';
import { readHuggingFaceConfig } from './config.ts';
import { checkMissingTensors, selectTensors } from './tensors.ts';
import { type TiedTensors, tieHead } from './tied-head.ts';

export interface CheckpointParts {
  /** the supported families */
  readonly families: readonly FamilyFormat[];
  /** the checkpoint's name in messages */
  readonly source: string;
  /** the name of its config.json in messages */
  readonly configSource: string;
  /** `name` of the config */
  readonly name: string;
  readonly config: JsonObject;
  /** what other files say about embeddings */
  readonly pooling?: PoolingSettings;
  readonly entries: readonly SafetensorsEntry[];
  /** tensors that the index lists but no file contains: name of the tensor to name of the file in the index */
  readonly missingTensors: ReadonlyMap<string, string>;
}

/**
 * Returns the config and the tensors under their canonical names. Rejects with `unknown_architecture`,
 * `unsupported_config`, `unsupported_tensor_type`, `missing_tensor` or `bad_safetensors`.
 */
export async function readCheckpoint(parts: CheckpointParts): Promise<TiedTensors> {
  const { source, configSource, name, entries, missingTensors } = parts;
  const bounds = tensorBounds(entries.map(({ shape }) => shape));
  const family = huggingFaceFamily(configSource, parts.families, parts.config.model_type);
  const settings = readHuggingFaceConfig(configSource, family, name, parts.config, bounds);
  const config = { ...settings, ...parts.pooling };
  const checkpoint = await tieHead(family, config, selectTensors(source, family, entries));
  checkMissingTensors(source, family, checkpoint, missingTensors);
  return checkpoint;
}
