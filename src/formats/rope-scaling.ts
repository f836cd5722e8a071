// How a checkpoint says that its rotary angles are stretched: `rope_scaling` or `rope_parameters` in a
// config.json, `rope.scaling.*` keys in a GGUF. What each kind does is in program/rope-table.ts.

import { QuireError } from '../base/errors.ts';
import type { RopeScaling } from '../base/model/model-file.ts';
import type { ConfigReader } from './config-reader.ts';

// What YaRN's authors recommend, and what every reader of its configurations assumes.
const BETA_FAST = 32;
const BETA_SLOW = 1;

export interface Contexts {
  /** `max_position_embeddings` */
  readonly contextLength: number;
  /** what was trained on before it was stretched */
  readonly originalContext: number;
}

/**
 * @param kind the value of `rope_type` or `type`
 * @param settings reads the object that holds it
 */
export function readHuggingFaceScaling(
  kind: unknown,
  settings: ConfigReader,
  { contextLength, originalContext }: Contexts,
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

function readYarn(settings: ConfigReader, { contextLength, originalContext }: Contexts): RopeScaling {
  // Null is how far the context was stretched.
  const stretched = settings.has('factor') ? contextLength / originalContext : undefined;
  const factor = settings.positive('factor', stretched);
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

// Longer texts spread attention thinner, which a larger product of queries and keys makes good. DeepSeek's
// configurations name two weights whose quotient counts.
function magnitude(settings: ConfigReader, factor: number): number {
  const above = settings.raw('mscale');
  const below = settings.raw('mscale_all_dim');
  if (!above || !below) return yarnMagnitude(factor);
  return (
    yarnMagnitude(factor, settings.positive('mscale')) /
    yarnMagnitude(factor, settings.positive('mscale_all_dim'))
  );
}

const yarnMagnitude = (factor: number, weight = 1): number =>
  factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;

/** @param key gives the whole key of `scaling.NAME` for the architecture */
export function readGgufScaling(
  reader: ConfigReader,
  key: (name: string) => string,
  contextLength: number,
): RopeScaling | undefined {
  const factorKey =
    reader.raw(key('scaling.factor')) === undefined ? key('scale_linear') : key('scaling.factor');
  // llama.cpp reads a factor without a kind as linear.
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
    `${source} scales its rotary embedding by ${JSON.stringify(kind)}`,
    'Quire knows linear, dynamic, llama3 and yarn: use another model',
  );
}
