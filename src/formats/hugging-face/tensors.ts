// The tensors of a Hugging Face checkpoint under the names that the family uses: prefixes evened out, tables that are
// no weights left out, transposed weights marked.

import { QuireError } from '../../base/errors.ts';
import { DTYPES, type DtypeName } from '../../base/model/dtypes.ts';
import type { FamilyFormat, TensorNames } from '../family-format.ts';
import type { SafetensorsEntry } from '../safetensors/header.ts';
import { hasPlace, headName, noPlace } from '../tensor-names.ts';
import type { StoredTensor } from '../tensor-reader.ts';
import type { TiedTensors } from './tied-head.ts';

/** By name. Throws `unsupported_config` for a tensor without a place, `unsupported_tensor_type`. */
export function selectTensors(
  source: string,
  family: FamilyFormat,
  entries: readonly SafetensorsEntry[],
): ReadonlyMap<string, StoredTensor> {
  const { tensors } = family;
  const stored = new Map<string, StoredTensor>();
  for (const entry of entries) {
    const name = tensors.plainName(entry.name);
    if (tensors.derived.huggingFace.test(name)) continue;
    if (!hasPlace(tensors, name)) throw noPlace(source, family, entry.name);
    const before = stored.get(name);
    if (before !== undefined) throw twice(source, entry, before);
    stored.set(name, storedTensor(source, tensors, name, entry));
  }
  return stored;
}

/**
 * Throws `missing_tensor` for a tensor of the network that an index names and no file holds.
 * @param absent the file each should be in
 */
export function checkAbsent(
  source: string,
  { tensors }: FamilyFormat,
  { config, stored }: TiedTensors,
  absent: ReadonlyMap<string, string>,
): void {
  for (const [tensor, file] of absent) {
    const name = tensors.plainName(tensor);
    if (!hasPlace(tensors, name) || stored.has(name)) continue;
    if (config.tiedEmbeddings && name === headName(tensors)) continue;
    const what = `${source}: the index says that ${file} holds ${tensor}, which it does not`;
    throw new QuireError('missing_tensor', what, 'the files do not belong together: get them again');
  }
}

function storedTensor(
  source: string,
  tensors: TensorNames,
  name: string,
  entry: SafetensorsEntry,
): StoredTensor {
  const { source: file, offset, byteLength } = entry;
  const dtype = checkDtype(source, entry);
  const turned = tensors.transposed.some((stem) => name.endsWith(`.${stem}.weight`));
  const transposed = turned && entry.shape.length === 2;
  const shape = transposed ? entry.shape.toReversed() : entry.shape;
  return { info: { name, dtype, shape, byteLength }, source: file, offset, transposed };
}

function checkDtype(source: string, { name, dtype }: SafetensorsEntry): DtypeName {
  if (dtype === 'F32' || dtype === 'F16' || dtype === 'BF16') return DTYPES[dtype].name;
  const what = `${source}: tensor ${name} has type ${dtype}`;
  throw new QuireError('unsupported_tensor_type', what, 'use a checkpoint of F32, F16 or BF16');
}

function twice(source: string, { name, source: file }: SafetensorsEntry, before: StoredTensor): QuireError {
  const what =
    before.source === file
      ? `${source}: tensor ${name} occurs with and without its prefix`
      : `${source}: tensor ${name} is in ${before.source.name} and in ${file.name}`;
  return new QuireError('bad_safetensors', what, 'the files are damaged or mixed up: get them again');
}
