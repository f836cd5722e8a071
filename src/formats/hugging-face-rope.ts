// Rotary positions from a config.json: base and scaling stand at the top (transformers 4) or together in
// `rope_parameters` (5).

import type { RopeConfig } from '../base/model-file.ts';
import { ConfigReader } from './config-reader.ts';
import { readHuggingFaceScaling } from './rope-scaling.ts';

export interface HuggingFaceRope {
  readonly rope: RopeConfig;
  /** how far dynamic scaling reaches */
  readonly longestContext: number | undefined;
}

/** Throws `unsupported_config` for a kind of scaling that Quire does not know. */
export function readHuggingFaceRope(
  reader: ConfigReader,
  headDim: number,
  contextLength: number,
): HuggingFaceRope {
  const key = reader.raw('rope_parameters') === undefined ? 'rope_scaling' : 'rope_parameters';
  const values = record(reader.raw(key));
  const settings = new ConfigReader(`${reader.source}: ${key}`, (name) => values[name]);
  settings.only('partial_rotary_factor', 1);
  reader.only('partial_rotary_factor', 1);
  const scaling = readHuggingFaceScaling(values.rope_type ?? values.type, settings, contextLength);
  const theta = (values.rope_theta === undefined ? reader : settings).positive('rope_theta', 10000);
  return {
    rope: { layout: 'half', theta, dim: headDim, ...(scaling === undefined ? {} : { scaling }) },
    longestContext: scaling?.kind === 'dynamic' ? Math.floor(scaling.factor * contextLength) : undefined,
  };
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
