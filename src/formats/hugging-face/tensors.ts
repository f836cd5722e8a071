// Maps the tensors of a Hugging Face checkpoint to their canonical names, omits tensors that are not needed, and marks
// tensors that must be converted while they are read.

import { QuireError } from '../../base/errors.ts';
import { DTYPES } from '../../base/model/dtypes.ts';
import type { FamilyFormat, TensorNames } from '../family-format.ts';
import type { SafetensorsEntry } from '../safetensors/header.ts';
import { hasTensor, headName, unsupportedTensor } from '../tensor-names.ts';
import type { FloatDtypeName, StoredTensor } from '../tensor-reader.ts';
import type { TiedTensors } from './tied-head.ts';

/**
 * Returns the tensors by canonical name. Throws `unsupported_config` for a tensor that the family does not have,
 * `unsupported_tensor_type`, or `bad_safetensors` for a duplicate.
 */
export function selectTensors(
  source: string,
  family: FamilyFormat,
  entries: readonly SafetensorsEntry[],
): ReadonlyMap<string, StoredTensor> {
  const { tensors } = family;
  const storedTensors = new Map<string, StoredTensor>();
  for (const entry of entries) {
    const name = tensors.canonicalName(entry.name);
    if (tensors.derivedTensors.huggingFace.test(name)) continue;
    if (!hasTensor(tensors, name)) throw unsupportedTensor(source, family, entry.name);
    const previous = storedTensors.get(name);
    if (previous !== undefined) throw duplicateTensor(source, entry, previous);
    storedTensors.set(name, storedTensor(source, tensors, name, entry));
  }
  return storedTensors;
}

/**
 * Throws `missing_tensor` for a tensor of the family that the index lists but no file contains.
 * @param missingTensors name of the tensor to name of the file in the index
 */
export function checkMissingTensors(
  source: string,
  { tensors }: FamilyFormat,
  { config, stored }: TiedTensors,
  missingTensors: ReadonlyMap<string, string>,
): void {
  for (const [tensor, file] of missingTensors) {
    const name = tensors.canonicalName(tensor);
    if (!hasTensor(tensors, name) || stored.has(name)) continue;
    if (config.tiedEmbeddings && name === headName(tensors)) continue;
    const message = `${source}: ${file} has no tensor ${tensor}, although the index lists it`;
    throw new QuireError('missing_tensor', message, 'the files do not belong together: download them again');
  }
}

function storedTensor(
  source: string,
  tensors: TensorNames,
  name: string,
  entry: SafetensorsEntry,
): StoredTensor {
  const { source: file, offset, shape, byteLength } = entry;
  const dtype = checkDtype(source, entry);
  const isConv1D = tensors.transposedModules.some((stem) => name.endsWith(`.${stem}.weight`));
  const stored = { source: file, offset };
  if (isConv1D && shape.length === 2)
    return {
      ...stored,
      info: { name, dtype, shape: shape.toReversed(), byteLength },
      conversion: { kind: 'transpose' },
    };
  if (tensors.storesNormsMinusOne === true && name.endsWith('norm.weight')) {
    const byteLengthAsF32 = (byteLength / DTYPES[dtype].blockBytes) * DTYPES.F32.blockBytes;
    return {
      ...stored,
      info: { name, dtype: 'F32', shape, byteLength: byteLengthAsF32 },
      conversion: { kind: 'add one', storedDtype: dtype },
    };
  }
  return { ...stored, info: { name, dtype, shape, byteLength } };
}

function checkDtype(source: string, { name, dtype }: SafetensorsEntry): FloatDtypeName {
  if (dtype === 'F32' || dtype === 'F16' || dtype === 'BF16') return dtype;
  const message = `${source}: tensor ${name} has type ${dtype}`;
  throw new QuireError(
    'unsupported_tensor_type',
    message,
    'use a checkpoint with tensors of F32, F16 or BF16',
  );
}

function duplicateTensor(
  source: string,
  { name, source: file }: SafetensorsEntry,
  previous: StoredTensor,
): QuireError {
  const message =
    previous.source === file
      ? `${source}: tensor ${name} occurs with and without its prefix`
      : `${source}: tensor ${name} is in ${previous.source.name} and in ${file.name}`;
  return new QuireError(
    'bad_safetensors',
    message,
    'the files are damaged or from different models: download them again',
  );
}
