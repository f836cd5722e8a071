// The families that Quire knows: the only list of them.

import { QuireError } from '../base/errors.ts';
import type { ModelConfig, TensorInfo } from '../base/model/model-file.ts';
import type { Program } from '../program/program.ts';
import type { ModelFamily } from './family.ts';
import { gpt2 } from './gpt2.ts';
import { llama } from './llama.ts';
import { ministral } from './ministral.ts';
import { mistral } from './mistral.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';
import { smollm3 } from './smollm3.ts';

export const FAMILIES: readonly ModelFamily[] = [llama, mistral, ministral, qwen2, qwen3, smollm3, gpt2];

/** The program of a checkpoint; raises `unknown_architecture`, `missing_tensor`, `bad_tensor_shape`. */
export function buildProgram(config: ModelConfig, tensors: ReadonlyMap<string, TensorInfo>): Program {
  const family = FAMILIES.find(({ architecture }) => architecture === config.architecture);
  if (family === undefined) {
    const known = FAMILIES.map(({ architecture }) => architecture).join(', ');
    throw new QuireError(
      'unknown_architecture',
      `the model is of the family ${JSON.stringify(config.architecture)}`,
      `use a model of one of these families: ${known}`,
    );
  }
  return family.build(config, tensors);
}
