// Reads the rotary embedding from a config.json: base and scaling are top-level keys (transformers 4) or are
// in `rope_parameters` (transformers 5).

import type { RopeConfig } from '../../base/model/model-file.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
import { ConfigReader } from '../config-reader.ts';
import { readHuggingFaceScaling } from '../rope-scaling.ts';

export interface HuggingFaceRopeShape {
  readonly headDim: number;
  readonly contextLength: number;
  /** the base of the frequencies if the config has none */
  readonly defaultTheta: number;
}

export interface HuggingFaceRope {
  readonly rope: RopeConfig;
  /** maximum context length with dynamic scaling */
  readonly maxContextLength: number | undefined;
}

/** Reads the rotary embedding. Throws `unsupported_config` for an unsupported kind of scaling. */
export function readHuggingFaceRope(
  reader: ConfigReader,
  { headDim, contextLength, defaultTheta }: HuggingFaceRopeShape,
): HuggingFaceRope {
  // As in transformers: if both are present, the older key is used unless it is empty.
  const key = isEmpty(reader.rawValue('rope_scaling')) ? 'rope_parameters' : 'rope_scaling';
  const values = asRecord(reader.rawValue(key));
  const settings = new ConfigReader(`${reader.source}: ${key}`, (name) => values[name]);
  settings.acceptOnly('partial_rotary_factor', 1);
  reader.acceptOnly('partial_rotary_factor', 1);
  const scaling = readHuggingFaceScaling(values.rope_type ?? values.type, settings, {
    contextLength,
    originalContext: originalContext(reader, settings, contextLength),
  });
  // Checked after the kind: nested settings usually belong to an unsupported kind, whose error is more helpful.
  rejectNested(settings, values);
  const theta = (values.rope_theta === undefined ? reader : settings).positiveNumber(
    'rope_theta',
    defaultTheta,
  );
  return {
    rope: { layout: 'half', theta, dim: headDim, ...omitUndefined({ scaling }) },
    maxContextLength:
      scaling?.kind === 'dynamic'
        ? Math.min(MAX_TOKENS, Math.floor(scaling.factor * contextLength))
        : undefined,
  };
}

const MAX_TOKENS = 2 ** 31 - 1;

// Returns the context length of the training. A top-level key takes precedence over the same key in the settings; the
// default is the full context.
function originalContext(reader: ConfigReader, settings: ConfigReader, contextLength: number): number {
  const key = 'original_max_position_embeddings';
  return reader.rawValue(key) === undefined ? settings.size(key, contextLength) : reader.size(key);
}

// No supported family has settings by kind of layer, and applying one of these settings to all layers would be wrong.
function rejectNested(settings: ConfigReader, values: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(values))
    if (!isEmpty(value) && typeof value === 'object')
      throw settings.unsupportedError(key, 'one setting for all layers');
}

const isEmpty = (value: unknown): boolean => Object.keys(asRecord(value)).length === 0;

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
