// Reads the rotary embedding from the metadata of a GGUF.

import { QuireError } from '../../base/errors.ts';
import type { RopeConfig, RopeLayout } from '../../base/model/model-file.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
import type { GgufFamilyMetadata } from '../family-format.ts';
import { readGgufScaling } from '../rope-scaling.ts';

/**
 * Returns the rotary embedding. Throws `unsupported_config` for an unsupported kind of scaling or a wrong number of
 * factors.
 * @param layout `interleaved` for a family whose converter permutes the rows of Q and K
 */
export function readGgufRope(
  { reader, key, shape: { headDim, contextLength }, ropeFactors }: GgufFamilyMetadata,
  layout: RopeLayout,
): RopeConfig {
  const scaling = readGgufScaling(reader, (name) => key(`rope.${name}`), contextLength);
  const dim = reader.optionalSize(key('rope.dimension_count'), headDim) ?? headDim;
  if (ropeFactors !== undefined && ropeFactors.length !== dim / 2) {
    const message = `${reader.source} has ${ropeFactors.length} rotary factors for ${dim / 2} pairs`;
    throw new QuireError('unsupported_config', message, 'the file is damaged: convert the model again');
  }
  return {
    layout,
    theta: reader.positiveNumber(key('rope.freq_base'), 10000),
    dim,
    ...omitUndefined({ scaling, factors: ropeFactors }),
  };
}
