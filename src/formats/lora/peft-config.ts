// Reads the adapter_config.json of PEFT (https://huggingface.co/docs/peft/package_reference/lora). What changes the computation and
// is not supported is refused by its name.

import type { JsonObject } from '../../base/model/tokenizer-data.ts';
import { ConfigReader } from '../config-reader.ts';
import { isJsonObject } from '../json-object.ts';
import { badAdapter } from './adapter-error.ts';
import { modulePattern } from './module-pattern.ts';

export interface PeftConfig {
  /** `lora_alpha`, which `alpha_pattern` may override for some modules */
  readonly alpha: number;
  /** Returns the factor of b a for a module. @param rank number of rows of a */
  scaleOf(module: string, rank: number): number;
}

// Keys with which an adapter is more than b a. Absent, null, false and empty values are supported.
const UNSUPPORTED_KEYS: Readonly<Record<string, string>> = {
  use_dora: 'DoRA, which also scales the columns of the weights',
  modules_to_save: 'complete copies of modules',
  trainable_token_indices: 'embeddings of new tokens',
  target_parameters: 'parameters that are not layers',
  layer_replication: 'repeated layers',
  alora_invocation_tokens: 'activation by tokens (aLoRA)',
  arrow_config: 'a router (Arrow)',
  use_qalora: 'QA-LoRA',
  use_bdlora: 'block-diagonal matrices',
  lora_bias: 'biases',
};

const MAX_PATTERNS = 4096;

/** Throws `bad_adapter`. @param source the file's name in messages */
export function readPeftConfig(source: string, config: JsonObject): PeftConfig {
  const reader = new ConfigReader(source, (key) => config[key]);
  const type = reader.rawValue('peft_type');
  if (type !== 'LORA') throw badAdapter(source, `it has peft_type = ${JSON.stringify(type)}, not "LORA"`);
  for (const [key, meaning] of Object.entries(UNSUPPORTED_KEYS)) {
    if (isUsed(reader.rawValue(key)))
      throw badAdapter(source, `${key} is set: ${meaning} are not supported`, UNSUPPORTED_HINT);
  }
  const bias = reader.rawValue('bias') ?? 'none';
  if (bias !== 'none') throw badAdapter(source, `it has bias = ${JSON.stringify(bias)}`, UNSUPPORTED_HINT);
  const alpha = numberOf(source, 'lora_alpha', reader.rawValue('lora_alpha') ?? 8);
  const isRankStabilized = reader.flag('use_rslora', false);
  const alphas = readPatterns(source, reader.rawValue('alpha_pattern'));
  return {
    alpha,
    scaleOf(module, rank) {
      const moduleAlpha = alphas.find(({ matches }) => matches(module))?.value ?? alpha;
      return moduleAlpha / (isRankStabilized ? Math.sqrt(rank) : rank);
    },
  };
}

const UNSUPPORTED_HINT = 'merge the adapter into its model (merge_and_unload in PEFT), and use the result';

const isUsed = (value: unknown): boolean =>
  value !== undefined && value !== false && !(typeof value === 'object' && Object.keys(value!).length === 0);

function numberOf(source: string, key: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw badAdapter(source, `it has ${key} = ${JSON.stringify(value)}, which is not a number`);
}

interface Pattern {
  readonly matches: (module: string) => boolean;
  readonly value: number;
}

// The first pattern that matches a module counts, as in PEFT.
function readPatterns(source: string, value: unknown): readonly Pattern[] {
  if (value === undefined) return [];
  const entries = isJsonObject(value) ? Object.entries(value) : [];
  if (!isJsonObject(value) || entries.length > MAX_PATTERNS)
    throw badAdapter(source, `its alpha_pattern is not an object with at most ${MAX_PATTERNS} numbers`);
  return entries.map(([key, alpha]) => {
    const matches = modulePattern(key);
    if (matches === undefined)
      throw badAdapter(
        source,
        `alpha_pattern contains the pattern ${JSON.stringify(key.slice(0, 80))}`,
        PATTERN_HINT,
      );
    return { matches, value: numberOf(source, `alpha_pattern ${key}`, alpha) };
  });
}

const PATTERN_HINT = 'use names of modules, or patterns without groups and with at most 3 repetitions';
