// Chooses the files of a repository that make up the model of a reference. Only file names are needed, so that the same
// rules apply to a listing of the hub and to the files in the cache.

import { QuireError } from '../base/errors.ts';
import { type GgufSet, ggufSetOf, ggufSets, hasQuantization } from '../base/model/gguf-sets.ts';
import { nearestName } from '../base/nearest-name.ts';
import { formatHubReference, type HubReference } from './hub-reference.ts';

export interface ChosenFiles {
  /** the files in download order: weights last */
  readonly paths: readonly string[];
  /** one of `paths`: the index, which lists more files with weights */
  readonly index: string | undefined;
  /** the file to open, one of `paths`; undefined if the folder is opened */
  readonly modelPath: string | undefined;
  /** whether the model is complete only with one of `TOKENIZER_FILES` */
  readonly needsTokenizer: boolean;
}

const WEIGHTS = 'model.safetensors';
const INDEX = `${WEIGHTS}.index.json`;
/** Files with a tokenizer; a checkpoint needs one of them. */
export const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer.model', 'vocab.json'];

const COMPANION_FILES = [
  'config.json',
  'generation_config.json',
  ...TOKENIZER_FILES,
  'merges.txt',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
  'modules.json',
];
const POOLING_CONFIG = /^[\w-]{1,100}_Pooling\/config\.json$/;
const ADDITIONAL_TEMPLATE = /^additional_chat_templates\/[^/]+\.jinja$/;
const FILES_IN_FOLDERS = [ADDITIONAL_TEMPLATE, POOLING_CONFIG];
const SHARD = /-\d{5}-of-\d{5}\.safetensors$/;
const ADAPTER_CONFIG = 'adapter_config.json';
const ADAPTER_WEIGHTS = 'adapter_model.safetensors';
const MAX_NAMES = 24; // in an error message
const MAX_COMPARED = 1000; // names of the listing, which is untrusted, that are compared with an unknown name

/**
 * Returns the files of the model that `reference` names. Throws `model_not_found` (no such file), `ambiguous_model`
 * (several models) or `unknown_format` (no model at all).
 */
export function chooseFiles(names: readonly string[], reference: HubReference): ChosenFiles {
  if (reference.file !== undefined) return chooseNamed(names, reference, reference.file);
  const sets = ggufSets(names);
  if (sets.length > 1) throw ambiguousError(reference, sets);
  if (sets[0] !== undefined) return choiceOfSet(reference, sets[0]);
  const index = names.includes(WEIGHTS) ? undefined : INDEX;
  const checkpoint = checkpointChoice(names, index ?? WEIGHTS, index);
  if (checkpoint !== undefined) return checkpoint;
  if (names.includes(ADAPTER_CONFIG)) return adapterChoice(names, reference);
  const message = `${reference.repo} has no GGUF file, and no checkpoint with config.json and ${WEIGHTS}`;
  throw new QuireError('unknown_format', message, 'use a repository with a GGUF file or such a checkpoint');
}

// The base model, which the config of the adapter names, has its own repository.
function adapterChoice(names: readonly string[], { repo }: HubReference): ChosenFiles {
  if (names.includes(ADAPTER_WEIGHTS))
    return {
      paths: [ADAPTER_CONFIG, ADAPTER_WEIGHTS],
      index: undefined,
      modelPath: undefined,
      needsTokenizer: false,
    };
  const message = `${repo} is a LoRA adapter without ${ADAPTER_WEIGHTS}`;
  throw new QuireError('unknown_format', message, 'save the adapter as safetensors');
}

function chooseNamed(names: readonly string[], reference: HubReference, file: string): ChosenFiles {
  if (names.includes(file)) return chooseFile(names, reference, file);
  const sets = ggufSets(names).filter(({ name }) => hasQuantization(name, file));
  if (sets.length > 1) throw ambiguousError(reference, sets);
  if (sets[0] !== undefined) return choiceOfSet(reference, sets[0]);
  throw noSuchFileError(names, reference, file);
}

function chooseFile(names: readonly string[], reference: HubReference, file: string): ChosenFiles {
  if (/\.gguf$/i.test(file)) return choiceOfSet(reference, ggufSetOf(file, new Set(names)));
  if (file === ADAPTER_WEIGHTS && names.includes(ADAPTER_CONFIG)) return adapterChoice(names, reference);
  // A model also needs its config and its tokenizer.
  const index = SHARD.test(file) && names.includes(INDEX) ? INDEX : undefined;
  const checkpoint = /^[^/]+\.safetensors$/.test(file)
    ? checkpointChoice(names, index ?? file, index)
    : undefined;
  return { ...(checkpoint ?? { paths: [file], index: undefined, needsTokenizer: false }), modelPath: file };
}

function checkpointChoice(
  names: readonly string[],
  weights: string,
  index: string | undefined,
): ChosenFiles | undefined {
  if (!names.includes('config.json') || !names.includes(weights)) return undefined;
  const companions = names.filter(
    (name) => COMPANION_FILES.includes(name) || FILES_IN_FOLDERS.some((pattern) => pattern.test(name)),
  );
  return { paths: [...companions, weights], index, modelPath: undefined, needsTokenizer: true };
}

function choiceOfSet(reference: HubReference, { name, paths, missing }: GgufSet): ChosenFiles {
  if (missing.length === 0) return { paths, index: undefined, modelPath: name, needsTokenizer: false };
  const message = `${reference.repo} lacks ${quoteNames(missing)} of ${paths.length} shards`;
  throw new QuireError('model_not_found', message, 'use another file of the repository');
}

function ambiguousError(reference: HubReference, sets: readonly GgufSet[]): QuireError {
  const names = sets.map(({ name }) => name);
  const example = formatHubReference({ ...reference, file: names[0] });
  return new QuireError(
    'ambiguous_model',
    `${formatHubReference(reference)} matches ${names.length} models: ${quoteNames(names)}`,
    `add the file name, for example ${JSON.stringify(example)}`,
  );
}

function noSuchFileError(names: readonly string[], reference: HubReference, file: string): QuireError {
  const models = ggufSets(names).map(({ name }) => name);
  const knownNames = models.length > 0 ? models : names;
  const nearest = nearestName(file, knownNames.slice(0, MAX_COMPARED));
  const hint =
    nearest === undefined ? `it has ${quoteNames(knownNames)}` : `did you mean ${JSON.stringify(nearest)}?`;
  const message = `${reference.repo} has no file and no quantization ${JSON.stringify(file)}`;
  return new QuireError('model_not_found', message, hint);
}

/** Lists names for an error message. The names are untrusted, so they are quoted. */
function quoteNames(names: readonly string[]): string {
  const shownNames = names.slice(0, MAX_NAMES).map((name) => JSON.stringify(name));
  const hiddenCount = names.length - shownNames.length;
  return `${shownNames.join(', ') || 'no files'}${hiddenCount > 0 ? ` and ${hiddenCount} more` : ''}`;
}
