// The network of a Hugging Face checkpoint: its config.json and its tensors, each held against the other.

import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { type FamilyFormat, huggingFaceFamily } from '../family-format.ts';
import { tensorExtent } from '../model-shape.ts';
import type { SafetensorsEntry } from '../safetensors/header.ts';
import { readHuggingFaceConfig } from './config.ts';
import { checkAbsent, selectTensors } from './tensors.ts';
import { type TiedTensors, tieHead } from './tied-head.ts';

export interface CheckpointParts {
  /** the families that are known */
  readonly families: readonly FamilyFormat[];
  /** names the checkpoint in messages */
  readonly source: string;
  /** names its config.json there */
  readonly configSource: string;
  /** what people call the model */
  readonly name: string;
  readonly config: JsonObject;
  readonly entries: readonly SafetensorsEntry[];
  /** tensors that an index names and no file holds: the file each should be in */
  readonly absent: ReadonlyMap<string, string>;
}

/**
 * Rejects with `unknown_architecture`, `unsupported_config`, `unsupported_tensor_type`, `missing_tensor` or
 * `bad_safetensors`.
 */
export async function readCheckpoint(parts: CheckpointParts): Promise<TiedTensors> {
  const { source, configSource, name, entries, absent } = parts;
  const extent = tensorExtent(entries.map(({ shape }) => shape));
  const family = huggingFaceFamily(configSource, parts.families, parts.config.model_type);
  const config = readHuggingFaceConfig(configSource, family, name, parts.config, extent);
  const tied = await tieHead(family, config, selectTensors(source, family, entries));
  checkAbsent(source, family, tied, absent);
  return tied;
}
