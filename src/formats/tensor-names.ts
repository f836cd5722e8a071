// Translates GGUF's tensor names to those of the family's Hugging Face checkpoint, which Quire uses for all formats. A
// tensor that the family does not have is an error, because ignoring it would change what the model computes.

import { QuireError } from '../base/errors.ts';
import type { FamilyFormat, TensorNames } from './family-format.ts';

const PATTERN = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/;

/**
 * Returns the checkpoint name of a GGUF tensor; undefined if the tensor is not needed.
 * Throws `unsupported_config` for a tensor that the family does not have.
 */
export function translateGgufName(source: string, family: FamilyFormat, name: string): string | undefined {
  const { global, layer: inLayer, layerPrefix, derivedTensors } = family.tensors;
  const [, layer, stem = '', kind] = PATTERN.exec(name) ?? [];
  if (derivedTensors.gguf.includes(stem)) return undefined;
  const stems: Readonly<Record<string, string>> = layer === undefined ? global : inLayer;
  const translated = Object.hasOwn(stems, stem) ? stems[stem] : undefined;
  if (translated === undefined) throw unsupportedTensor(source, family, name);
  const prefix = layer === undefined ? '' : `${layerPrefix}${Number(layer)}.`;
  return `${prefix}${translated}.${kind}`;
}

/** Returns whether the family has a tensor with this canonical checkpoint name. */
export function hasTensor({ global, layer, layerPrefix }: TensorNames, name: string): boolean {
  const [, stem = ''] = /^(.+)\.(?:weight|bias)$/.exec(name) ?? [];
  if (!stem.startsWith(layerPrefix)) return Object.values(global).includes(stem);
  const [, inLayer = ''] = /^\d+\.(.+)$/.exec(stem.slice(layerPrefix.length)) ?? [];
  return Object.values(layer).includes(inLayer);
}

/** Returns the error for a tensor that the family does not have. */
export function unsupportedTensor(source: string, { architecture }: FamilyFormat, name: string): QuireError {
  const message = `${source}: tensor ${name} is not supported in a model of architecture ${architecture}`;
  const hint = 'use a model with the standard tensors of this architecture';
  return new QuireError('unsupported_config', message, hint);
}

/** Returns the name of the embedding table. [vocabSize, hiddenSize] */
export const embeddingName = ({ global }: TensorNames): string => `${global.token_embd}.weight`;

/** Returns the name of the output projection of a model whose head is not tied. [vocabSize, hiddenSize] */
export const headName = ({ global }: TensorNames): string => `${global.output}.weight`;
