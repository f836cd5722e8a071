// Reads the rotary embedding from the metadata of a GGUF.

import { QuireError } from '../../base/errors.ts';
import type { RopeConfig, RopeLayout } from '../../base/model/model-file.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
import type { GgufFamilyMetadata } from '../family-format.ts';
import { readGgufLongRope, readGgufScaling } from '../rope-scaling.ts';

/**
 * Returns the rotary embedding. Throws `unsupported_config` for an unsupported kind of scaling or a wrong number of
 * factors.
 * @param layout `interleaved` for a family whose converter permutes the rows of Q and K
 */
export function readGgufRope(
  { reader, key, shape: { headDim, contextLength }, ropeTables }: GgufFamilyMetadata,
  layout: RopeLayout,
): RopeConfig {
  const dim = reader.optionalSize(key('rope.dimension_count'), headDim) ?? headDim;
  for (const table of Object.values<readonly number[] | undefined>({ ...ropeTables }))
    if (table !== undefined && table.length !== dim / 2)
      throw badTables(reader.source, `has ${table.length} rotary factors for ${dim / 2} pairs`);
  const ropeKey = (name: string): string => key(`rope.${name}`);
  const { factors, shortFactors, longFactors } = ropeTables;
  if ((shortFactors === undefined) !== (longFactors === undefined))
    throw badTables(reader.source, 'has only one of the two tables of rotary factors');
  const scaling =
    shortFactors !== undefined && longFactors !== undefined
      ? readGgufLongRope(reader, ropeKey, contextLength, { shortFactors, longFactors })
      : readGgufScaling(reader, ropeKey, contextLength);
  return {
    layout,
    theta: reader.positiveNumber(key('rope.freq_base'), 10000),
    dim,
    ...omitUndefined({ scaling, factors }),
  };
}

function badTables(source: string, statement: string): QuireError {
  const hint = 'the file is damaged: convert the model again';
  return new QuireError('unsupported_config', `${source} ${statement}`, hint);
}
