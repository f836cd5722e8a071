// Reads the rotary embedding from a config.json: base and scaling are top-level keys (transformers 4) or are
// in `rope_parameters` (transformers 5).

import type { RopeConfig, RopeScaling } from '../../base/model/model-file.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
import { ConfigReader } from '../config-reader.ts';
import { readHuggingFaceScaling } from '../rope-scaling.ts';

export interface HuggingFaceRopeShape {
  readonly headDim: number;
  readonly contextLength: number;
}

export interface HuggingFaceRope {
  readonly rope: RopeConfig;
  /** the rotary embedding of the layers with a sliding window, if it differs */
  readonly windowRope?: RopeConfig;
  /** maximum context length with dynamic scaling */
  readonly maxContextLength: number | undefined;
}

/** Reads the rotary embedding of a family. Throws `unsupported_config` for an unsupported kind of scaling. */
export type ReadRope = (reader: ConfigReader, shape: HuggingFaceRopeShape) => HuggingFaceRope;

type Settings = Readonly<Record<string, unknown>>;

/** The properties of a rotary embedding that differ between families. */
interface RopeRules {
  /** the base of the frequencies if the config has none */
  readonly theta: number;
  /** the top-level key of the base; `rope_theta` by default */
  readonly thetaKey?: string;
  /** whether `partial_rotary_factor` may be less than 1 */
  readonly isPartial?: true;
  /**
   * the context length of the training if the config has no `original_max_position_embeddings`; by default that in the settings, or
   * the full context
   */
  readonly trainedContext?: number;
  /** other names of kinds of scaling */
  readonly kinds?: Readonly<Record<string, string>>;
}

/** Returns the reader of a rotary embedding that is the same in all layers. */
export const readSharedRope =
  (rules: RopeRules): ReadRope =>
  (reader, shape) => {
    // As in transformers: if both are present, the older key is used unless it is empty.
    const key = isEmpty(reader.rawValue('rope_scaling')) ? 'rope_parameters' : 'rope_scaling';
    const rope = readRope(reader, key, asRecord(reader.rawValue(key)), shape, rules);
    return { rope, maxContextLength: maxContextLength(rope, shape) };
  };

/**
 * Returns the reader of rotary embeddings with a base for the layers without a window and a base for those with a window. The
 * scaling of transformers 4 applies to the layers without a window.
 * @param defaultThetas the bases if the config has none
 */
export const readRopeByLayerType =
  (defaultThetas: { readonly full: number; readonly window: number }): ReadRope =>
  (reader, shape) => {
    const parameters = asRecord(reader.rawValue('rope_parameters'));
    for (const [key, value] of Object.entries(parameters))
      if (typeof value !== 'object')
        throw reader.unsupportedError('rope_parameters', `settings by kind of layer, without ${key}`);
    const full = {
      ...asRecord(parameters.full_attention),
      ...asRecord(reader.rawValue('rope_scaling')),
    };
    const window = asRecord(parameters.sliding_attention);
    const read = (values: Settings, rules: RopeRules): RopeConfig =>
      readRope(reader, 'rope_parameters', values, shape, rules);
    const rope = read(full, { theta: defaultThetas.full });
    const windowRope = read(window, { theta: defaultThetas.window, thetaKey: 'rope_local_base_freq' });
    return { rope, windowRope, maxContextLength: maxContextLength(rope, shape) };
  };

/** @param key the key of `values` in messages */
function readRope(
  reader: ConfigReader,
  key: string,
  values: Settings,
  { headDim, contextLength }: HuggingFaceRopeShape,
  { theta, thetaKey = 'rope_theta', isPartial, trainedContext, kinds = {} }: RopeRules,
): RopeConfig {
  const settings = new ConfigReader(`${reader.source}: ${key}`, (name) => values[name]);
  const dim = isPartial === true ? partialDim(reader, settings, headDim) : fullDim(reader, settings, headDim);
  const kind = values.rope_type ?? values.type;
  const scaling = readHuggingFaceScaling(
    typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : kind,
    settings,
    {
      contextLength,
      originalContext: originalContext(reader, settings, contextLength, trainedContext),
      pairs: dim / 2,
    },
  );
  // Checked after the kind: nested settings usually belong to an unsupported kind, whose error is more helpful.
  rejectNested(settings, values, scaling);
  const base =
    values.rope_theta === undefined
      ? reader.positiveNumber(thetaKey, theta)
      : settings.positiveNumber('rope_theta', theta);
  return { layout: 'half', theta: base, dim, ...omitUndefined({ scaling }) };
}

function fullDim(reader: ConfigReader, settings: ConfigReader, headDim: number): number {
  for (const config of [settings, reader]) config.acceptOnly('partial_rotary_factor', 1);
  return headDim;
}

function partialDim(reader: ConfigReader, settings: ConfigReader, headDim: number): number {
  const key = 'partial_rotary_factor';
  return Math.floor(headDim * settings.positiveNumber(key, reader.positiveNumber(key, 1)));
}

const MAX_TOKENS = 2 ** 31 - 1;

const maxContextLength = (
  { scaling }: RopeConfig,
  { contextLength }: HuggingFaceRopeShape,
): number | undefined =>
  scaling?.kind === 'dynamic' ? Math.min(MAX_TOKENS, Math.floor(scaling.factor * contextLength)) : undefined;

// Returns the context length of the training. A top-level key takes precedence over the same key in the settings.
function originalContext(
  reader: ConfigReader,
  settings: ConfigReader,
  contextLength: number,
  trainedContext: number | undefined,
): number {
  const key = 'original_max_position_embeddings';
  if (reader.rawValue(key) !== undefined || trainedContext !== undefined)
    return reader.size(key, trainedContext);
  return settings.size(key, contextLength);
}

// Applying settings of one kind of layer to all layers would be wrong.
function rejectNested(settings: ConfigReader, values: Settings, scaling: RopeScaling | undefined): void {
  const lists = scaling?.kind === 'longrope' ? ['short_factor', 'long_factor'] : [];
  for (const [key, value] of Object.entries(values))
    if (!isEmpty(value) && typeof value === 'object' && !lists.includes(key))
      throw settings.unsupportedError(key, 'one setting for all layers');
}

const isEmpty = (value: unknown): boolean => Object.keys(asRecord(value)).length === 0;

const asRecord = (value: unknown): Settings =>
  typeof value === 'object' && value !== null ? (value as Settings) : {};
