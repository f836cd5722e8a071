// The tensors of a Hugging Face checkpoint under the names that the families use: prefixes evened out, tables
// that are no weights left out, GPT-2's Conv1D weights turned round.

import { DTYPES, type DtypeName } from '../base/dtypes.ts';
import { QuireError } from '../base/errors.ts';
import type { ModelConfig } from '../base/model-file.ts';
import type { SafetensorsEntry } from './safetensors.ts';
import { hasPlace, noPlace } from './tensor-names.ts';
import type { StoredTensor } from './tensor-reader.ts';

// Causal masks and rotary angles, which older versions of transformers saved with the weights.
const NO_WEIGHT = /\.attn\.(?:masked_)?bias$|rotary_emb\.inv_freq$/;
const CONV1D = /\.(?:c_attn|c_proj|c_fc)\.weight$/;

/** By name. Throws `unsupported_config` for a tensor without a place, `unsupported_tensor_type`. */
export function selectTensors(
  source: string,
  config: ModelConfig,
  entries: readonly SafetensorsEntry[],
): ReadonlyMap<string, StoredTensor> {
  const stored = new Map<string, StoredTensor>();
  for (const entry of entries) {
    const name = plainName(config.architecture, entry.name);
    if (NO_WEIGHT.test(name)) continue;
    if (!hasPlace(config.architecture, name)) throw noPlace(source, config.architecture, entry.name);
    const before = stored.get(name);
    if (before !== undefined) throw twice(source, entry, before);
    stored.set(name, storedTensor(source, config, name, entry));
  }
  return stored;
}

/**
 * Throws `missing_tensor` for a tensor of the network that an index names and no file holds.
 * @param absent the file each should be in
 */
export function checkAbsent(
  source: string,
  { architecture, tiedEmbeddings }: ModelConfig,
  stored: ReadonlyMap<string, StoredTensor>,
  absent: ReadonlyMap<string, string>,
): void {
  for (const [tensor, file] of absent) {
    const name = plainName(architecture, tensor);
    if (!hasPlace(architecture, name) || stored.has(name)) continue;
    if (tiedEmbeddings && name === 'lm_head.weight') continue;
    const what = `${source}: the index says that ${file} holds ${tensor}, which it does not`;
    throw new QuireError('missing_tensor', what, 'the files do not belong together: get them again');
  }
}

// GPT-2 is saved with or without `transformer.`, and a Llama without its head lacks `model.`.
function plainName(architecture: string, name: string): string {
  if (architecture === 'gpt2') return name.replace(/^transformer\./, '');
  return name.replace(/^(?=layers\.|embed_tokens\.|norm\.)/, 'model.');
}

function storedTensor(
  source: string,
  config: ModelConfig,
  name: string,
  entry: SafetensorsEntry,
): StoredTensor {
  const { source: file, offset, byteLength } = entry;
  const dtype = checkDtype(source, entry);
  const transposed = config.architecture === 'gpt2' && CONV1D.test(name) && entry.shape.length === 2;
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
