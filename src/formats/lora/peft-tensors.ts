// Names the matrices of a PEFT adapter by the layers of the model.

import type { QuireError } from '../../base/errors.ts';
import type { AdapterTargets } from '../../base/model/adapter-file.ts';
import type { FamilyFormat } from '../family-format.ts';
import type { SafetensorsEntry } from '../safetensors/header.ts';
import { badAdapter } from './adapter-error.ts';
import type { StoredMatrix } from './adapter-tensors.ts';

// PEFT adds the prefix. Old versions, and training programs, keep the name of the adapter.
const MATRIX = /^(?:base_model\.model\.)?(.+)\.lora_([AB])(?:\.[\w-]+)?\.weight$/;

// PEFT copies the weights of the output layer into the file if the adapter changes that layer. They are those of the model.
const COPY = /^(?:base_model\.model\.)?(.+)\.base_layer\.weight$/;
const MAX_NAME = 512;

/** Throws `bad_adapter` for a tensor that is not a matrix A or B of a linear layer. */
export function peftMatrices(
  source: string,
  { tensors: names }: { readonly tensors: Pick<FamilyFormat['tensors'], 'canonicalName'> },
  entries: readonly SafetensorsEntry[],
  { shapeOf }: Pick<AdapterTargets, 'shapeOf'>,
): readonly StoredMatrix[] {
  const canonical = (module: string): string =>
    names.canonicalName(`${module}.weight`).slice(0, -'.weight'.length);
  return entries.flatMap((entry): StoredMatrix[] => {
    if (entry.name.length > MAX_NAME) throw otherTensorError(source, entry);
    const [, copied] = COPY.exec(entry.name) ?? [];
    if (copied !== undefined && isSameShape(shapeOf(canonical(copied)), entry.shape)) return [];
    const [, module, matrix] = MATRIX.exec(entry.name) ?? [];
    if (module === undefined) throw otherTensorError(source, entry);
    return [{ ...entry, module: canonical(module), matrix: matrix === 'A' ? 'a' : 'b' }];
  });
}

/** Returns the matrices by the names of layers in the file, without a model. Throws `bad_adapter` as `peftMatrices`. */
export const ownPeftMatrices = (
  source: string,
  entries: readonly SafetensorsEntry[],
): readonly StoredMatrix[] =>
  peftMatrices(
    source,
    { tensors: { canonicalName: (name) => name } },
    entries.filter(({ name }) => name.length > MAX_NAME || !COPY.test(name)),
    { shapeOf: () => undefined },
  );

const isSameShape = (shape: readonly number[] | undefined, other: readonly number[]): boolean =>
  shape?.join() === other.join();

const otherTensorError = (source: string, { name }: SafetensorsEntry): QuireError =>
  badAdapter(source, `tensor ${name.slice(0, 200)} is not a matrix A or B of a linear layer`);
