// Rotary positions from a config.json: base and scaling stand at the top (transformers 4) or together in
// `rope_parameters` (5).

import { defined } from '../../base/defined.ts';
import type { RopeConfig } from '../../base/model/model-file.ts';
import { ConfigReader } from '../config-reader.ts';
import { readHuggingFaceScaling } from '../rope-scaling.ts';

export interface HuggingFaceRopeShape {
  readonly headDim: number;
  readonly contextLength: number;
  /** the base where it is absent */
  readonly defaultTheta: number;
}

export interface HuggingFaceRope {
  readonly rope: RopeConfig;
  /** how far dynamic scaling reaches */
  readonly longestContext: number | undefined;
}

/** Throws `unsupported_config` for a kind of scaling that Quire does not know. */
export function readHuggingFaceRope(
  reader: ConfigReader,
  { headDim, contextLength, defaultTheta }: HuggingFaceRopeShape,
): HuggingFaceRope {
  // Where both stand, the older one counts, unless it is empty.
  const key = isEmpty(reader.raw('rope_scaling')) ? 'rope_parameters' : 'rope_scaling';
  const values = record(reader.raw(key));
  const settings = new ConfigReader(`${reader.source}: ${key}`, (name) => values[name]);
  settings.only('partial_rotary_factor', 1);
  reader.only('partial_rotary_factor', 1);
  const scaling = readHuggingFaceScaling(values.rope_type ?? values.type, settings, {
    contextLength,
    originalContext: originalContext(reader, settings, contextLength),
  });
  refuseNested(settings, values); // after an unknown kind, which is what a list of its own belongs to
  const theta = (values.rope_theta === undefined ? reader : settings).positive('rope_theta', defaultTheta);
  return {
    rope: { layout: 'half', theta, dim: headDim, ...defined({ scaling }) },
    longestContext:
      scaling?.kind === 'dynamic'
        ? Math.min(MOST_TOKENS, Math.floor(scaling.factor * contextLength))
        : undefined,
  };
}

const MOST_TOKENS = 2 ** 31 - 1;

// What was trained on: beside the settings it goes before what stands in them, and is the whole context by default.
function originalContext(reader: ConfigReader, settings: ConfigReader, contextLength: number): number {
  const key = 'original_max_position_embeddings';
  return reader.raw(key) === undefined ? settings.size(key, contextLength) : reader.size(key);
}

// Settings for each kind of layer: no family that Quire knows has them, and taking one for all would be wrong.
function refuseNested(settings: ConfigReader, values: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(values))
    if (!isEmpty(value) && typeof value === 'object')
      throw settings.unsupported(key, 'one setting for all layers');
}

const isEmpty = (value: unknown): boolean => Object.keys(record(value)).length === 0;

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
