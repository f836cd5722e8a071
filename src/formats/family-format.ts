// Describes the files of a model family: its tensor names, and how its configuration is read. Each family in src/models
// supplies one descriptor, so that the readers in this folder contain no code for single families.

import { QuireError } from '../base/errors.ts';
import type { ModelConfig, RopeConfig, RopeLayout, SlidingWindow } from '../base/model/model-file.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { ConfigReader } from './config-reader.ts';
import type { TensorBounds } from './model-shape.ts';

export interface FamilyFormat {
  /** `architecture` of `ModelConfig`, and `model_type` of a config.json */
  readonly architecture: string;
  readonly tensors: TensorNames;
  readonly huggingFace: HuggingFaceFormat;
  /** undefined if no converter writes GGUF files of the family */
  readonly gguf: GgufFormat | undefined;
}

/** A family with GGUF files. */
export interface GgufFamily extends FamilyFormat {
  readonly gguf: GgufFormat;
}

export interface TensorNames {
  /**
   * Modules outside the layers: GGUF stem to checkpoint name. A tied head uses the table `token_embd`.
   */
  readonly global: Readonly<Record<string, string>> & {
    readonly token_embd: string;
    readonly output: string;
  };
  /** modules of a layer: GGUF stem after `blk.N.` to checkpoint name after `layerPrefix` and N */
  readonly layer: Readonly<Record<string, string>>;
  /** prefix of a layer's checkpoint names, before its number */
  readonly layerPrefix: string;
  /** Returns the name in this table of a checkpoint's tensor, whose name may have an additional or a missing prefix. */
  readonly canonicalName: (name: string) => string;
  /** tensors that are not loaded, usually because the config contains them: GGUF stems, canonical checkpoint names */
  readonly derivedTensors: { readonly gguf: readonly string[]; readonly huggingFace: RegExp };
  /** modules of a layer whose weights a checkpoint stores as [inputs, outputs] */
  readonly transposedModules: readonly string[];
  /** whether a checkpoint stores the weights of all norms minus 1; GGUF files contain the weights themselves */
  readonly storesNormsMinusOne?: true;
}

export interface HuggingFaceFormat {
  /**
   * Reads a config.json. Throws `unsupported_config`, which names the key.
   * @param bounds upper bounds of all sizes, derived from the tensors of the checkpoint
   */
  read(reader: ConfigReader, bounds: TensorBounds): HuggingFaceConfig;
}

/** A config without `architecture` and `name`. */
export type HuggingFaceConfig = Omit<ModelConfig, 'architecture' | 'name'>;

export interface GgufFormat {
  /**
   * `general.architecture` and prefix of the keys; llama.cpp's name of a family may differ from that of transformers
   */
  readonly architecture: string;
  /** order of the rows of Q and K; undefined for a family without rotary embedding */
  readonly ropeLayout?: RopeLayout;
  /** keys that `read` handles in addition to those that all architectures share; any other key must be 0 or false */
  readonly keys: readonly string[];
  /** Reads the settings that the shared keys do not contain. Throws `unsupported_config`, which names the key. */
  read(metadata: GgufFamilyMetadata): GgufFamilyConfig;
}

export interface GgufFamilyMetadata {
  readonly reader: ConfigReader;
  /** Returns the full key of `NAME`: `ARCHITECTURE.NAME`. */
  readonly key: (name: string) => string;
  /** sizes from the shared keys */
  readonly shape: Pick<ModelConfig, 'hiddenSize' | 'heads' | 'headDim' | 'contextLength' | 'layers'>;
  readonly ropeTables: RopeTables;
}

/** The tables of rotary factors that a GGUF has. [rotated pairs of a head] */
export interface RopeTables {
  /** `rope_freqs.weight` */
  readonly factors?: readonly number[];
  /** `rope_factors_short.weight` */
  readonly shortFactors?: readonly number[];
  /** `rope_factors_long.weight` */
  readonly longFactors?: readonly number[];
}

export interface GgufFamilyConfig
  extends Pick<
    ModelConfig,
    'normEpsilon' | 'activation' | 'windowRope' | 'ropeLayers' | 'attentionScale' | 'multipliers' | 'softCaps'
  > {
  readonly rope?: RopeConfig;
  readonly slidingWindow?: SlidingWindow;
}

/**
 * Returns the family with this `model_type`. Throws `unknown_architecture`, which lists the supported architectures.
 */
export function huggingFaceFamily<Family extends FamilyFormat>(
  source: string,
  families: readonly Family[],
  modelType: unknown,
): Family {
  return findFamily(source, families, ({ architecture }) => architecture, modelType);
}

/** Returns the family with this `general.architecture`. Throws `unknown_architecture`. */
export function ggufFamily<Family extends FamilyFormat>(
  source: string,
  families: readonly Family[],
  architecture: unknown,
): Family & GgufFamily {
  return findFamily(source, families.filter(hasGguf), ({ gguf }) => gguf.architecture, architecture);
}

function hasGguf<Family extends FamilyFormat>(family: Family): family is Family & GgufFamily {
  return family.gguf !== undefined;
}

function findFamily<Family extends FamilyFormat>(
  source: string,
  families: readonly Family[],
  nameOf: (family: Family) => string,
  name: unknown,
): Family {
  const foundFamily = families.find((family) => nameOf(family) === name);
  if (foundFamily !== undefined) return foundFamily;
  const names = families.map(nameOf);
  const message =
    typeof name === 'string'
      ? `${source}: architecture ${name} is not supported${nearestStatement(name, names)}`
      : `${source} does not state its architecture`;
  throw new QuireError('unknown_architecture', message, `use a model of ${names.join(', ')}`);
}

/** Returns what an error adds about the known architecture that is nearest to an unknown one. */
export function nearestStatement(name: string, names: readonly string[]): string {
  const prefixes = names.filter((known) => name.startsWith(known));
  const [longestPrefix] = prefixes.sort((a, b) => b.length - a.length);
  const nearest = longestPrefix ?? nearestName(name, names);
  return nearest === undefined ? '' : ` (the nearest supported one is ${nearest})`;
}
