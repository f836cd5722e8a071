// Checks every configuration, in whatever format, before a family builds a program from it.

import { QuireError } from '../base/errors.ts';
import type { ModelConfig } from '../base/model/model-file.ts';

/** Upper bounds from the tensors of a model: no count and no size in its config may be larger. */
export interface TensorExtent {
  readonly tensors: number;
  /** the longest dimension of any tensor */
  readonly longest: number;
}

export function tensorExtent(shapes: Iterable<readonly number[]>): TensorExtent {
  let tensors = 0;
  let longest = 0;
  for (const shape of shapes) {
    tensors++;
    for (const size of shape) longest = Math.max(longest, size);
  }
  return { tensors, longest };
}

/** Returns `config`. Throws `unsupported_config` if its sizes are inconsistent. */
export function checkConfig(source: string, config: ModelConfig): ModelConfig {
  const { heads, kvHeads, headDim, rope } = config;
  if (heads % kvHeads !== 0)
    throw misfit(source, `${heads} attention heads are not a multiple of ${kvHeads} KV heads`);
  if (!Number.isInteger(headDim))
    throw misfit(source, `hidden size ${config.hiddenSize} is not a multiple of ${heads} attention heads`);
  if (rope !== undefined && (rope.dim % 2 !== 0 || rope.dim > headDim)) {
    throw misfit(source, `rotary embedding of ${rope.dim} elements does not fit a head of ${headDim}`);
  }
  // Its ramp is computed from logarithms to this base.
  if (rope?.scaling?.kind === 'yarn' && rope.theta <= 1)
    throw misfit(source, `rotary embedding with a base of ${rope.theta} cannot be scaled by YaRN`);
  if (rope?.scaling?.kind === 'dynamic' && rope.dim <= 2)
    throw misfit(source, `rotary embedding of ${rope.dim} elements cannot be scaled by its base`);
  return config;
}

function misfit(source: string, what: string): QuireError {
  return new QuireError(
    'unsupported_config',
    `${source}: ${what}`,
    'the config is damaged or of an unsupported kind: use another model',
  );
}
