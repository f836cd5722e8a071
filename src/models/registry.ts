// The only list of supported families.

import { QuireError } from '../base/errors.ts';
import type { ModelConfig, TensorInfo } from '../base/model/model-file.ts';
import { nearestStatement } from '../formats/family-format.ts';
import type { Program } from '../program/program.ts';
import type { ModelFamily } from './family.ts';
import { gemma2 } from './gemma2.ts';
import { gemma3 } from './gemma3.ts';
import { gemma3Text } from './gemma3_text.ts';
import { gpt2 } from './gpt2.ts';
import { granite } from './granite.ts';
import { llama } from './llama.ts';
import { ministral } from './ministral.ts';
import { mistral } from './mistral.ts';
import { olmo2 } from './olmo2.ts';
import { phi3 } from './phi3.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';
import { smollm3 } from './smollm3.ts';

export const FAMILIES: readonly ModelFamily[] = [
  llama,
  mistral,
  ministral,
  qwen2,
  qwen3,
  smollm3,
  granite,
  olmo2,
  gemma2,
  gemma3,
  gemma3Text,
  phi3,
  gpt2,
];

/** Builds the program of a model. Throws `unknown_architecture`, or an error of the family's `build`. */
export function buildProgram(config: ModelConfig, tensors: ReadonlyMap<string, TensorInfo>): Program {
  const family = FAMILIES.find(({ architecture }) => architecture === config.architecture);
  if (family === undefined) {
    const architectures = FAMILIES.map(({ architecture }) => architecture);
    const name = config.architecture;
    throw new QuireError(
      'unknown_architecture',
      `the model's architecture is ${JSON.stringify(name)}, which is not supported${nearestStatement(name, architectures)}`,
      `use a model of one of these architectures: ${architectures.join(', ')}`,
    );
  }
  return family.build(config, tensors);
}
