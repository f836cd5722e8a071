// What is special to a model family in its files, as its descriptor in `models` says it: the names of its tensors and
// how its configuration reads. The readers of this module take descriptors as data and know no family by name.

import { QuireError } from '../base/errors.ts';
import type { ModelConfig, RopeConfig, SlidingWindow } from '../base/model/model-file.ts';
import type { ConfigReader } from './config-reader.ts';
import type { TensorExtent } from './model-shape.ts';

export interface FamilyFormat {
  /** the name in `ModelConfig`: `model_type` of a config.json */
  readonly architecture: string;
  readonly tensors: TensorNames;
  readonly huggingFace: HuggingFaceFormat;
  /** undefined where no converter writes GGUF files of the family */
  readonly gguf: GgufFormat | undefined;
}

/** A family that has GGUF files. */
export interface GgufFamily extends FamilyFormat {
  readonly gguf: GgufFormat;
}

export interface TensorNames {
  /** GGUF's stems outside the layers, and the checkpoint's; a tied head is the table `token_embd` */
  readonly whole: Readonly<Record<string, string>> & { readonly token_embd: string; readonly output: string };
  /** stems inside `blk.N.` */
  readonly layer: Readonly<Record<string, string>>;
  /** what a layer's stems begin with, before the number */
  readonly layerPrefix: string;
  /** the name of a tensor in the table for one of a checkpoint, which may be saved with or without a prefix */
  readonly plainName: (name: string) => string;
  /** tables that can be derived from the config: stems of GGUF, plain names of a checkpoint */
  readonly derived: { readonly gguf: readonly string[]; readonly huggingFace: RegExp };
  /** stems of layers whose weights a checkpoint keeps as [inputs, outputs] */
  readonly transposed: readonly string[];
}

export interface HuggingFaceFormat {
  /**
   * The configuration in a config.json. Throws `unsupported_config`, which names the key.
   * @param extent of the tensors beside it, which bounds what is believed
   */
  read(reader: ConfigReader, extent: TensorExtent): HuggingFaceConfig;
}

/** Everything but how the model is called. */
export type HuggingFaceConfig = Omit<ModelConfig, 'architecture' | 'name'>;

export interface GgufFormat {
  /** `general.architecture`, which its keys begin with; llama.cpp may call a family otherwise than transformers */
  readonly architecture: string;
  /** keys that `read` knows, beside those that all architectures share; others are refused unless they are off */
  readonly keys: readonly string[];
  /** What the shared keys do not tell. Throws `unsupported_config`, which names the key. */
  read(metadata: GgufFamilyMetadata): GgufFamilyConfig;
}

export interface GgufFamilyMetadata {
  readonly reader: ConfigReader;
  /** the whole key of `NAME`: `ARCHITECTURE.NAME` */
  readonly key: (name: string) => string;
  /** as the shared keys have it */
  readonly shape: Pick<ModelConfig, 'headDim' | 'contextLength' | 'layers'>;
  /** `rope_freqs.weight`, where the file has it. [rotated pairs of a head] */
  readonly ropeFactors: readonly number[] | undefined;
}

export interface GgufFamilyConfig extends Pick<ModelConfig, 'normEpsilon' | 'activation'> {
  readonly rope?: RopeConfig;
  readonly ropeLayers?: readonly boolean[];
  readonly slidingWindow?: SlidingWindow;
}

/** The family whose checkpoints have this `model_type`; throws `unknown_architecture` with those that are known. */
export function huggingFaceFamily<Family extends FamilyFormat>(
  source: string,
  families: readonly Family[],
  modelType: unknown,
): Family {
  return familyNamed(source, families, ({ architecture }) => architecture, modelType);
}

/** The family whose GGUF files have this `general.architecture`; throws `unknown_architecture`. */
export function ggufFamily<Family extends FamilyFormat>(
  source: string,
  families: readonly Family[],
  architecture: unknown,
): Family & GgufFamily {
  return familyNamed(source, families.filter(hasGguf), ({ gguf }) => gguf.architecture, architecture);
}

function hasGguf<Family extends FamilyFormat>(family: Family): family is Family & GgufFamily {
  return family.gguf !== undefined;
}

function familyNamed<Family extends FamilyFormat>(
  source: string,
  families: readonly Family[],
  nameOf: (family: Family) => string,
  name: unknown,
): Family {
  const found = families.find((family) => nameOf(family) === name);
  if (found !== undefined) return found;
  const what =
    typeof name === 'string'
      ? `${source}: architecture ${name} is not known`
      : `${source} names no architecture`;
  throw new QuireError('unknown_architecture', what, `use a model of ${families.map(nameOf).join(', ')}`);
}
