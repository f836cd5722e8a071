// The tensors that a family has, under GGUF's names and under those of its Hugging Face checkpoint, to which
// every format is translated. A tensor that has no place in the family is refused by name, because leaving it
// out would change what the model computes.

import { QuireError } from '../base/errors.ts';
import type { FamilyFormat, TensorNames } from './family-format.ts';

const PATTERN = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/;

/**
 * The checkpoint name of a GGUF tensor; undefined when it is not needed.
 * Throws `unsupported_config` for one that has no place in the family.
 */
export function translateGgufName(source: string, family: FamilyFormat, name: string): string | undefined {
  const { whole, layer: inLayer, layerPrefix, derived } = family.tensors;
  const [, layer, stem = '', kind] = PATTERN.exec(name) ?? [];
  if (derived.gguf.includes(stem)) return undefined;
  const stems: Readonly<Record<string, string>> = layer === undefined ? whole : inLayer;
  const translated = Object.hasOwn(stems, stem) ? stems[stem] : undefined;
  if (translated === undefined) throw noPlace(source, family, name);
  const prefix = layer === undefined ? '' : `${layerPrefix}${Number(layer)}.`;
  return `${prefix}${translated}.${kind}`;
}

/** Whether the family has a tensor of this checkpoint name. */
export function hasPlace({ whole, layer, layerPrefix }: TensorNames, name: string): boolean {
  const [, stem = ''] = /^(.+)\.(?:weight|bias)$/.exec(name) ?? [];
  if (!stem.startsWith(layerPrefix)) return Object.values(whole).includes(stem);
  const [, inLayer = ''] = /^\d+\.(.+)$/.exec(stem.slice(layerPrefix.length)) ?? [];
  return Object.values(layer).includes(inLayer);
}

/** The refusal of a tensor that the family does not have. */
export function noPlace(source: string, { architecture }: FamilyFormat, name: string): QuireError {
  const what = `${source}: tensor ${name} is not supported in a model of architecture ${architecture}`;
  const hint = 'use a model of the plain architecture';
  return new QuireError('unsupported_config', what, hint);
}

/** The table of embeddings. [vocabSize, hiddenSize] */
export const embeddingName = ({ whole }: TensorNames): string => `${whole.token_embd}.weight`;

/** The output projection, where it is no such table. */
export const headName = ({ whole }: TensorNames): string => `${whole.output}.weight`;
