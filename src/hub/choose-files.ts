// Chooses the files of a repository that make up the model of a reference. The same rule applies to a listing of the hub and to
// the files in the cache: it needs names only.

import { QuireError } from '../base/errors.ts';
import { type GgufSet, ggufSetOf, ggufSets, hasQuantization } from '../base/model/gguf-sets.ts';
import { nearestName } from '../base/nearest-name.ts';
import { formatHubReference, type HubReference } from './hub-reference.ts';

export interface Choice {
  /** the files in download order: weights last */
  readonly paths: readonly string[];
  /** one of `paths`: an index that names further files with weights */
  readonly index: string | undefined;
  /** the path to open, one of `paths`; undefined for the folder */
  readonly open: string | undefined;
}

const WEIGHTS = 'model.safetensors';
const INDEX = `${WEIGHTS}.index.json`;
/** Files of which each defines a tokenizer. */
export const TOKENIZERS = ['tokenizer.json', 'tokenizer.model', 'vocab.json'];

const BESIDE_WEIGHTS = [
  'config.json',
  'generation_config.json',
  ...TOKENIZERS,
  'merges.txt',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
];
const MORE_TEMPLATES = /^additional_chat_templates\/[^/]+\.jinja$/;
const SHARD = /-\d{5}-of-\d{5}\.safetensors$/;
const MAX_NAMES = 24; // in a message
const MAX_COMPARED = 1000; // names of an untrusted listing

/**
 * Returns the files of the model that `wanted` refers to. Throws `model_not_found` (no such file), `ambiguous_model` (several
 * models) or `unknown_format` (no model at all).
 */
export function chooseFiles(names: readonly string[], wanted: HubReference): Choice {
  if (wanted.file !== undefined) return chooseNamed(names, wanted, wanted.file);
  const sets = ggufSets(names);
  if (sets.length > 1) throw ambiguous(wanted, sets);
  if (sets[0] !== undefined) return completeSet(wanted, sets[0]);
  const index = names.includes(WEIGHTS) ? undefined : INDEX;
  const checkpoint = checkpointChoice(names, index ?? WEIGHTS, index);
  if (checkpoint !== undefined) return checkpoint;
  if (names.includes('adapter_config.json')) throw adapter(wanted);
  const what = `${wanted.repo} has no GGUF file, and no checkpoint with config.json and ${WEIGHTS}`;
  throw new QuireError('unknown_format', what, 'use a repository with one of the two');
}

function adapter({ repo }: HubReference): QuireError {
  const hint = 'use its base model, or merge both and use the result';
  return new QuireError('unknown_format', `${repo} is a LoRA adapter, not a complete model`, hint);
}

function chooseNamed(names: readonly string[], wanted: HubReference, file: string): Choice {
  if (names.includes(file)) return chooseFile(names, wanted, file);
  const sets = ggufSets(names).filter(({ name }) => hasQuantization(name, file));
  if (sets.length > 1) throw ambiguous(wanted, sets);
  if (sets[0] !== undefined) return completeSet(wanted, sets[0]);
  throw noSuchFile(names, wanted, file);
}

function chooseFile(names: readonly string[], wanted: HubReference, file: string): Choice {
  if (/\.gguf$/i.test(file)) return completeSet(wanted, ggufSetOf(file, new Set(names)));
  // A model needs config and tokenizer beside the weights.
  const index = SHARD.test(file) && names.includes(INDEX) ? INDEX : undefined;
  const checkpoint = /^[^/]+\.safetensors$/.test(file)
    ? checkpointChoice(names, index ?? file, index)
    : undefined;
  return { ...(checkpoint ?? { paths: [file], index: undefined }), open: file };
}

function checkpointChoice(
  names: readonly string[],
  weights: string,
  index: string | undefined,
): Choice | undefined {
  if (!names.includes('config.json') || !names.includes(weights)) return undefined;
  const beside = names.filter((name) => BESIDE_WEIGHTS.includes(name) || MORE_TEMPLATES.test(name));
  return { paths: [...beside, weights], index, open: undefined };
}

function completeSet(wanted: HubReference, { name, paths, missing }: GgufSet): Choice {
  if (missing.length === 0) return { paths, index: undefined, open: name };
  const what = `${wanted.repo} lacks ${listOf(missing)} of ${paths.length} shards`;
  throw new QuireError('model_not_found', what, 'use another file of the repository');
}

function ambiguous(wanted: HubReference, sets: readonly GgufSet[]): QuireError {
  const names = sets.map(({ name }) => name);
  const example = formatHubReference({ ...wanted, file: names[0] });
  return new QuireError(
    'ambiguous_model',
    `${formatHubReference(wanted)} matches ${names.length} models: ${listOf(names)}`,
    `add the file name, for example ${JSON.stringify(example)}`,
  );
}

function noSuchFile(names: readonly string[], wanted: HubReference, file: string): QuireError {
  const models = ggufSets(names).map(({ name }) => name);
  const known = models.length > 0 ? models : names;
  const nearest = nearestName(file, known.slice(0, MAX_COMPARED));
  const hint = nearest === undefined ? `it has ${listOf(known)}` : `did you mean ${JSON.stringify(nearest)}?`;
  const what = `${wanted.repo} has no file and no quantization ${JSON.stringify(file)}`;
  return new QuireError('model_not_found', what, hint);
}

/** Lists names for a message. They are untrusted, so they are quoted. */
function listOf(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => JSON.stringify(name));
  const more = names.length - shown.length;
  return `${shown.join(', ') || 'no files'}${more > 0 ? ` and ${more} more` : ''}`;
}
