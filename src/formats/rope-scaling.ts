// Reads how the rotary angles of a checkpoint are scaled for longer contexts: from `rope_scaling` or `rope_parameters` of a
// config.json, or from the `rope.scaling.*` keys of a GGUF. program/rope-table.ts implements each kind.

import { QuireError } from '../base/errors.ts';
import type { RopeScaling } from '../base/model/model-file.ts';
import type { ConfigReader } from './config-reader.ts';

// The defaults of the YaRN paper, which other readers of such configurations assume too.
const BETA_FAST = 32;
const BETA_SLOW = 1;

export interface ContextLengths {
  /** `max_position_embeddings` */
  readonly contextLength: number;
  /** context length of the training before scaling */
  readonly originalContext: number;
}

/**
 * Returns the scaling of a config.json; undefined for none.
 * @param kind the value of `rope_type` or `type`
 * @param settings reads the object with these keys
 */
export function readHuggingFaceScaling(
  kind: unknown,
  settings: ConfigReader,
  { contextLength, originalContext }: ContextLengths,
): RopeScaling | undefined {
  switch (kind) {
    case undefined:
    case 'default':
      return undefined;
    case 'linear':
      return { kind, factor: settings.positive('factor') };
    case 'dynamic':
      return { kind, factor: settings.positive('factor'), originalContext: contextLength };
    case 'llama3':
      return {
        kind,
        factor: settings.positive('factor'),
        lowFrequencyFactor: settings.positive('low_freq_factor'),
        highFrequencyFactor: settings.positive('high_freq_factor'),
        originalContext,
      };
    case 'yarn':
      return readYarn(settings, { contextLength, originalContext });
    default:
      throw unknownKind(settings.source, kind);
  }
}

function readYarn(settings: ConfigReader, { contextLength, originalContext }: ContextLengths): RopeScaling {
  // A factor of null means the ratio of the two contexts.
  const ratio = settings.has('factor') ? contextLength / originalContext : undefined;
  const factor = settings.positive('factor', ratio);
  return {
    kind: 'yarn',
    factor,
    originalContext,
    attentionFactor: settings.positive('attention_factor', magnitude(settings, factor)),
    betaFast: settings.raw('beta_fast') === 0 ? BETA_FAST : settings.positive('beta_fast', BETA_FAST),
    betaSlow: settings.raw('beta_slow') === 0 ? BETA_SLOW : settings.positive('beta_slow', BETA_SLOW),
    truncate: settings.flag('truncate', true),
  };
}

// Attention is spread over more tokens in longer contexts; larger products of queries and keys compensate for it.
// DeepSeek's configurations have two weights, of which the quotient is used.
function magnitude(settings: ConfigReader, factor: number): number {
  if (!settings.raw('mscale') || !settings.raw('mscale_all_dim')) return yarnMagnitude(factor);
  return (
    yarnMagnitude(factor, settings.positive('mscale')) /
    yarnMagnitude(factor, settings.positive('mscale_all_dim'))
  );
}

const yarnMagnitude = (factor: number, weight = 1): number =>
  factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;

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
    reader.raw(key('scaling.factor')) === undefined ? key('scale_linear') : key('scaling.factor');
  // Like llama.cpp: a factor without a kind means linear scaling.
  const kind = reader.raw(key('scaling.type')) ?? 'linear';
  const factor = reader.positive(factorKey, 1);
  switch (kind) {
    case 'none':
      return undefined;
    case 'linear':
      return factor === 1 ? undefined : { kind: 'linear', factor };
    case 'yarn':
      reader.only(key('scaling.yarn_ext_factor'), 1);
      reader.only(key('scaling.yarn_log_multiplier'), 0);
      return {
        kind: 'yarn',
        factor,
        originalContext: reader.size(key('scaling.original_context_length'), contextLength),
        attentionFactor:
          yarnMagnitude(factor) *
          reader.positive(key('scaling.attn_factor'), 1) *
          reader.positive(key('scaling.yarn_attn_factor'), 1),
        betaFast: reader.positive(key('scaling.yarn_beta_fast'), BETA_FAST),
        betaSlow: reader.positive(key('scaling.yarn_beta_slow'), BETA_SLOW),
        truncate: true,
      };
    default:
      throw unknownKind(reader.source, kind);
  }
}

function unknownKind(source: string, kind: unknown): QuireError {
  return new QuireError(
    'unsupported_config',
    `${source} has rotary scaling of the kind ${JSON.stringify(kind)}`,
    'Quire supports linear, dynamic, llama3 and yarn: use another model',
  );
}
