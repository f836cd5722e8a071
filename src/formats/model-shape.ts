// The checks that every configuration must pass whatever its format, before a family builds a program on it.

import { QuireError } from '../base/errors.ts';
import type { ModelConfig } from '../base/model/model-file.ts';

/** What the tensors of a model bear out: no count and no size of its config is larger. */
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

/** Returns `config`; throws `unsupported_config` when its sizes do not fit each other. */
export function checkConfig(source: string, config: ModelConfig): ModelConfig {
  const { heads, kvHeads, headDim, rope } = config;
  if (heads % kvHeads !== 0)
    throw misfit(source, `${heads} attention heads do not divide among ${kvHeads} KV heads`);
  if (!Number.isInteger(headDim))
    throw misfit(source, `hidden size ${config.hiddenSize} is no multiple of its ${heads} attention heads`);
  if (rope !== undefined && (rope.dim % 2 !== 0 || rope.dim > headDim)) {
    throw misfit(source, `rotary embedding turns ${rope.dim} of ${headDim} elements of a head`);
  }
  // Else the ramp between fast and slow pairs has no place.
  if (rope?.scaling?.kind === 'yarn' && rope.theta <= 1)
    throw misfit(source, `rotary embedding with a base of ${rope.theta}`);
  if (rope?.scaling?.kind === 'dynamic' && rope.dim <= 2)
    throw misfit(source, `rotary embedding of ${rope.dim} elements cannot be scaled by its base`);
  return config;
}

function misfit(source: string, what: string): QuireError {
  return new QuireError(
    'unsupported_config',
    `${source}: ${what}`,
    'the model is damaged or of another kind',
  );
}
