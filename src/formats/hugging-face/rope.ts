// Reads the rotary embedding from a config.json: base and scaling are top-level keys (transformers 4) or are
// in `rope_parameters` (transformers 5).

import type { RopeConfig } from '../../base/model/model-file.ts';
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

/**
 * Returns the reader of a rotary embedding that is the same in all layers.
 * @param defaultTheta the base of the frequencies if the config has none
 */
export const readSharedRope =
  (defaultTheta: number): ReadRope =>
  (reader, shape) => {
    // As in transformers: if both are present, the older key is used unless it is empty.
    const key = isEmpty(reader.rawValue('rope_scaling')) ? 'rope_parameters' : 'rope_scaling';
    const values = asRecord(reader.rawValue(key));
    reader.acceptOnly('partial_rotary_factor', 1);
    const rope = readRope(reader, key, values, shape, { key: 'rope_theta', fallback: defaultTheta });
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
    reader.acceptOnly('partial_rotary_factor', 1);
    const parameters = asRecord(reader.rawValue('rope_parameters'));
    for (const [key, value] of Object.entries(parameters))
      if (typeof value !== 'object')
        throw reader.unsupportedError('rope_parameters', `settings by kind of layer, without ${key}`);
    const full = {
      ...asRecord(parameters.full_attention),
      ...asRecord(reader.rawValue('rope_scaling')),
    };
    const rope = readRope(reader, 'rope_parameters', full, shape, {
      key: 'rope_theta',
      fallback: defaultThetas.full,
    });
    const windowRope = readRope(reader, 'rope_parameters', asRecord(parameters.sliding_attention), shape, {
      key: 'rope_local_base_freq',
      fallback: defaultThetas.window,
    });
    return { rope, windowRope, maxContextLength: maxContextLength(rope, shape) };
  };

/**
 * @param key the key of `values` in messages
 * @param theta the top-level key of the base, and the base if there is none
 */
function readRope(
  reader: ConfigReader,
  key: string,
  values: Settings,
  { headDim, contextLength }: HuggingFaceRopeShape,
  theta: { readonly key: string; readonly fallback: number },
): RopeConfig {
  const settings = new ConfigReader(`${reader.source}: ${key}`, (name) => values[name]);
  settings.acceptOnly('partial_rotary_factor', 1);
  const scaling = readHuggingFaceScaling(values.rope_type ?? values.type, settings, {
    contextLength,
    originalContext: originalContext(reader, settings, contextLength),
  });
  // Checked after the kind: nested settings usually belong to an unsupported kind, whose error is more helpful.
  rejectNested(settings, values);
  const base =
    values.rope_theta === undefined
      ? reader.positiveNumber(theta.key, theta.fallback)
      : settings.positiveNumber('rope_theta', theta.fallback);
  return { layout: 'half', theta: base, dim: headDim, ...omitUndefined({ scaling }) };
}

const MAX_TOKENS = 2 ** 31 - 1;

const maxContextLength = (
  { scaling }: RopeConfig,
  { contextLength }: HuggingFaceRopeShape,
): number | undefined =>
  scaling?.kind === 'dynamic' ? Math.min(MAX_TOKENS, Math.floor(scaling.factor * contextLength)) : undefined;

// Returns the context length of the training. A top-level key takes precedence over the same key in the settings; the
// default is the full context.
function originalContext(reader: ConfigReader, settings: ConfigReader, contextLength: number): number {
  const key = 'original_max_position_embeddings';
  return reader.rawValue(key) === undefined ? settings.size(key, contextLength) : reader.size(key);
}

// Applying settings of one kind of layer to all layers would be wrong.
function rejectNested(settings: ConfigReader, values: Settings): void {
  for (const [key, value] of Object.entries(values))
    if (!isEmpty(value) && typeof value === 'object')
      throw settings.unsupportedError(key, 'one setting for all layers');
}

const isEmpty = (value: unknown): boolean => Object.keys(asRecord(value)).length === 0;

const asRecord = (value: unknown): Settings =>
  typeof value === 'object' && value !== null ? (value as Settings) : {};
