// Reads how the rotary angles of a checkpoint are scaled for longer contexts: from `rope_scaling` or `rope_parameters`
// of a config.json, or from the `rope.scaling.*` keys of a GGUF. program/rope-table.ts implements each kind.

import { QuireError } from '../base/errors.ts';
import { exactLog } from '../base/exact-math.ts';
import type { RopeScaling } from '../base/model/model-file.ts';
import type { ConfigReader } from './config-reader.ts';

// The defaults of the YaRN paper, which other implementations also use.
const BETA_FAST = 32;
const BETA_SLOW = 1;

export interface ScaledRope {
  /** `max_position_embeddings` */
  readonly contextLength: number;
  /** context length of the training before scaling */
  readonly originalContext: number;
  /** number of pairs of elements of a head that are rotated */
  readonly pairs: number;
}

/**
 * Returns the scaling of a config.json; undefined for none.
 * @param kind the value of `rope_type` or `type`
 * @param settings reads the object with these keys
 */
export function readHuggingFaceScaling(
  kind: unknown,
  settings: ConfigReader,
  rope: ScaledRope,
): RopeScaling | undefined {
  const { contextLength, originalContext } = rope;
  switch (kind) {
    case undefined:
    case 'default':
      return undefined;
    case 'linear':
      return { kind, factor: settings.positiveNumber('factor') };
    case 'dynamic':
      return { kind, factor: settings.positiveNumber('factor'), originalContext: contextLength };
    case 'llama3':
      return {
        kind,
        factor: settings.positiveNumber('factor'),
        lowFrequencyFactor: settings.positiveNumber('low_freq_factor'),
        highFrequencyFactor: settings.positiveNumber('high_freq_factor'),
        originalContext,
      };
    case 'yarn':
      return readYarn(settings, rope);
    case 'longrope':
      return readLongRope(settings, rope);
    default:
      throw unknownKindError(settings.source, kind);
  }
}

function readYarn(settings: ConfigReader, { contextLength, originalContext }: ScaledRope): RopeScaling {
  // A factor of null means the ratio of the two context lengths.
  const ratio = settings.has('factor') ? contextLength / originalContext : undefined;
  const factor = settings.positiveNumber('factor', ratio);
  return {
    kind: 'yarn',
    factor,
    originalContext,
    attentionFactor: settings.positiveNumber('attention_factor', magnitude(settings, factor)),
    betaFast:
      settings.rawValue('beta_fast') === 0 ? BETA_FAST : settings.positiveNumber('beta_fast', BETA_FAST),
    betaSlow:
      settings.rawValue('beta_slow') === 0 ? BETA_SLOW : settings.positiveNumber('beta_slow', BETA_SLOW),
    truncate: settings.flag('truncate', true),
  };
}

function readLongRope(
  settings: ConfigReader,
  { contextLength, originalContext, pairs }: ScaledRope,
): RopeScaling {
  const factor = settings.positiveNumber('factor', contextLength / originalContext);
  return {
    kind: 'longrope',
    originalContext,
    attentionFactor: settings.positiveNumber(
      'attention_factor',
      factor <= 1 ? 1 : Math.sqrt(1 + exactLog(factor) / exactLog(originalContext)),
    ),
    shortFactors: settings.positiveNumbers('short_factor', pairs),
    longFactors: settings.positiveNumbers('long_factor', pairs),
  };
}

// Attention is spread over more tokens in longer contexts; larger products of queries and keys compensate for it.
// DeepSeek's configurations have two weights; the result is the quotient of both magnitudes.
function magnitude(settings: ConfigReader, factor: number): number {
  if (!settings.rawValue('mscale') || !settings.rawValue('mscale_all_dim')) return yarnMagnitude(factor);
  return (
    yarnMagnitude(factor, settings.positiveNumber('mscale')) /
    yarnMagnitude(factor, settings.positiveNumber('mscale_all_dim'))
  );
}

const yarnMagnitude = (factor: number, weight = 1): number =>
  factor <= 1 ? 1 : 0.1 * weight * exactLog(factor) + 1;

/**
 * Returns the scaling of a GGUF; undefined for none.
 * @param key returns the full key of `scaling.NAME` for the architecture
 */
export function readGgufScaling(
  reader: ConfigReader,
  key: (name: string) => string,
  contextLength: number,
): RopeScaling | undefined {
  const factorKey =
    reader.rawValue(key('scaling.factor')) === undefined ? key('scale_linear') : key('scaling.factor');
  // Like llama.cpp: a factor without a kind means linear scaling.
  const kind = reader.rawValue(key('scaling.type')) ?? 'linear';
  const factor = reader.positiveNumber(factorKey, 1);
  switch (kind) {
    case 'none':
      return undefined;
    case 'linear':
      return factor === 1 ? undefined : { kind: 'linear', factor };
    case 'yarn':
      reader.acceptOnly(key('scaling.yarn_ext_factor'), 1);
      reader.acceptOnly(key('scaling.yarn_log_multiplier'), 0);
      return {
        kind: 'yarn',
        factor,
        originalContext: reader.size(key('scaling.original_context_length'), contextLength),
        attentionFactor:
          yarnMagnitude(factor) *
          reader.positiveNumber(key('scaling.attn_factor'), 1) *
          reader.positiveNumber(key('scaling.yarn_attn_factor'), 1),
        betaFast: reader.positiveNumber(key('scaling.yarn_beta_fast'), BETA_FAST),
        betaSlow: reader.positiveNumber(key('scaling.yarn_beta_slow'), BETA_SLOW),
        truncate: true,
      };
    default:
      throw unknownKindError(reader.source, kind);
  }
}

/** Returns the scaling of a GGUF with two tables of factors. @param key as in `readGgufScaling` */
export function readGgufLongRope(
  reader: ConfigReader,
  key: (name: string) => string,
  contextLength: number,
  factors: Pick<Extract<RopeScaling, { kind: 'longrope' }>, 'shortFactors' | 'longFactors'>,
): RopeScaling {
  reader.acceptOnly(key('scaling.type'), 'none', 'longrope');
  reader.acceptOnly(key('scaling.factor'), 1);
  return {
    kind: 'longrope',
    originalContext: reader.size(key('scaling.original_context_length'), contextLength),
    attentionFactor: reader.positiveNumber(key('scaling.attn_factor'), 1),
    ...factors,
  };
}

function unknownKindError(source: string, kind: unknown): QuireError {
  return new QuireError(
    'unsupported_config',
    `${source} has rotary scaling of the kind ${JSON.stringify(kind)}`,
    'Quire supports linear, dynamic, llama3, yarn and longrope: use another model',
  );
}
