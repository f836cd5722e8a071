// Reads the rotary embedding from a config.json: base and scaling are top-level keys (transformers 4) or both in
// `rope_parameters` (transformers 5).

import { defined } from '../../base/defined.ts';
import type { RopeConfig } from '../../base/model/model-file.ts';
import { ConfigReader } from '../config-reader.ts';
import { readHuggingFaceScaling } from '../rope-scaling.ts';

export interface HuggingFaceRopeShape {
  readonly headDim: number;
  readonly contextLength: number;
  /** the base if the config has none */
  readonly defaultTheta: number;
}

export interface HuggingFaceRope {
  readonly rope: RopeConfig;
  /** the longest context of dynamic scaling */
  readonly longestContext: number | undefined;
}

/** Throws `unsupported_config` for an unsupported kind of scaling. */
export function readHuggingFaceRope(
  reader: ConfigReader,
  { headDim, contextLength, defaultTheta }: HuggingFaceRopeShape,
): HuggingFaceRope {
  // As in transformers: if both are present, the older key is used unless it is empty.
  const key = isEmpty(reader.raw('rope_scaling')) ? 'rope_parameters' : 'rope_scaling';
  const values = record(reader.raw(key));
  const settings = new ConfigReader(`${reader.source}: ${key}`, (name) => values[name]);
  settings.only('partial_rotary_factor', 1);
  reader.only('partial_rotary_factor', 1);
  const scaling = readHuggingFaceScaling(values.rope_type ?? values.type, settings, {
    contextLength,
    originalContext: originalContext(reader, settings, contextLength),
  });
  refuseNested(settings, values); // after the kind: a list usually belongs to an unsupported one, which is the better error
  const theta = (values.rope_theta === undefined ? reader : settings).positive('rope_theta', defaultTheta);
  return {
    rope: { layout: 'half', theta, dim: headDim, ...defined({ scaling }) },
    longestContext:
      scaling?.kind === 'dynamic'
        ? Math.min(MAX_TOKENS, Math.floor(scaling.factor * contextLength))
        : undefined,
  };
}

const MAX_TOKENS = 2 ** 31 - 1;

// The context length of the training. A top-level key takes precedence over the same key in the settings; the default is
// the full context.
function originalContext(reader: ConfigReader, settings: ConfigReader, contextLength: number): number {
  const key = 'original_max_position_embeddings';
  return reader.raw(key) === undefined ? settings.size(key, contextLength) : reader.size(key);
}

// Settings by kind of layer are used by no supported family, and applying one of them to all layers would be wrong.
function refuseNested(settings: ConfigReader, values: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(values))
    if (!isEmpty(value) && typeof value === 'object')
      throw settings.unsupported(key, 'one setting for all layers');
}

const isEmpty = (value: unknown): boolean => Object.keys(record(value)).length === 0;

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
