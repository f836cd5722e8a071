// Checks the sizes of a configuration, which may come from any format, before a family builds a program from it.

import { QuireError } from '../base/errors.ts';
import type { ModelConfig, RopeConfig } from '../base/model/model-file.ts';

/** Upper bounds from the tensors of a model: no number of layers and no size in its config may be larger. */
export interface TensorBounds {
  readonly tensors: number;
  /** the largest dimension of all tensors */
  readonly maxDimension: number;
}

export function tensorBounds(shapes: Iterable<readonly number[]>): TensorBounds {
  let tensors = 0;
  let maxDimension = 0;
  for (const shape of shapes) {
    tensors++;
    for (const size of shape) maxDimension = Math.max(maxDimension, size);
  }
  return { tensors, maxDimension };
}

/** Returns `config`. Throws `unsupported_config` if its sizes are inconsistent. */
export function checkConfig(source: string, config: ModelConfig): ModelConfig {
  const { heads, kvHeads, headDim, rope, windowRope } = config;
  if (heads % kvHeads !== 0)
    throw inconsistentError(source, `${heads} attention heads are not a multiple of ${kvHeads} KV heads`);
  if (!Number.isInteger(headDim))
    throw inconsistentError(
      source,
      `hidden size ${config.hiddenSize} is not a multiple of ${heads} attention heads`,
    );
  for (const each of [rope, windowRope]) if (each !== undefined) checkRope(source, each, headDim);
  return config;
}

function checkRope(source: string, { theta, dim, scaling }: RopeConfig, headDim: number): void {
  if (dim % 2 !== 0 || dim < 2 || dim > headDim)
    throw inconsistentError(source, `rotary embedding of ${dim} elements does not fit a head of ${headDim}`);
  // The ramp of YaRN is computed with logarithms to the base `theta`.
  if (scaling?.kind === 'yarn' && theta <= 1)
    throw inconsistentError(source, `rotary embedding with a base of ${theta} cannot be scaled by YaRN`);
  if (scaling?.kind === 'dynamic' && dim <= 2)
    throw inconsistentError(source, `rotary embedding of ${dim} elements cannot be scaled by its base`);
}

function inconsistentError(source: string, message: string): QuireError {
  return new QuireError(
    'unsupported_config',
    `${source}: ${message}`,
    'the config is damaged or of an unsupported kind: use another model',
  );
}
