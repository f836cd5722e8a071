// An adapter that is given as a model: finds the base model that its config names, and makes the adapter the default of all requests.
// The config is untrusted. A base model is an existing model file or folder, as if the user had named it, or `owner/repo` on the hub.
// An adapter of the hub may only name a repository of the hub. Nothing else is opened, and nothing else causes a network request.

import { readdir, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { QuireError } from '../../base/errors.ts';
import type { JsonValue } from '../../base/model/tokenizer-data.ts';
import { isSafePath } from '../../base/safe-path.ts';
import {
  formatHubReference,
  type HubReference,
  isHubReference,
  parseHubReference,
} from '../../hub/hub-reference.ts';
import type { PullOptions } from '../../hub/node/pull-model.ts';
import { type AdapterFolder, adapterFolderAt } from '../../models/node/open-adapter-file.ts';
import type { EngineOptions } from '../engine.ts';
import { modelPath } from './model-reference.ts';

/** The adapter and the base model of a reference. */
export interface AdapterModel {
  /** name of the adapter, from its folder or its repository */
  readonly name: string;
  /** path of the folder of the adapter */
  readonly path: string;
  /** path of the base model */
  readonly base: string;
}

export interface BaseModelOptions extends PullOptions {
  /** called with the path or the hub reference of the base model, before the model is downloaded */
  readonly onBase?: ((base: string) => void) | undefined;
}

/**
 * Returns the adapter that `reference` names, and its base model; undefined if the reference names a complete model. Downloads what
 * hub references name. Rejects with `bad_adapter` if the base model cannot be found, or with the errors of `modelPath`.
 */
export async function adapterModel(
  reference: string,
  { onBase, ...options }: BaseModelOptions = {},
): Promise<AdapterModel | undefined> {
  const adapter = await adapterFolderAt(await modelPath(reference, options));
  if (adapter === undefined) return undefined;
  const base = await findBase(reference, adapter);
  onBase?.(base);
  const path = await modelPath(base, options);
  if ((await adapterFolderAt(path)) !== undefined)
    throw baseError(reference, `its base model ${base} is an adapter too, and not a complete model`);
  return { name: adapterName(reference, adapter.folder), path: adapter.folder, base: path };
}

/** Options of which the model may be an adapter. */
export type AdaptableOptions = Pick<EngineOptions, 'adapters' | 'defaultAdapter'> & {
  readonly model: string;
  readonly offline?: boolean | undefined;
};

/**
 * If the model of `options` is an adapter, returns them with its base model, and with the adapter as the default one. Rejects with
 * the errors of `adapterModel`, `adapter_exists`, or `bad_option` if there is another default adapter.
 */
export async function withBaseModel<Options extends AdaptableOptions>(
  options: Options,
  callbacks: Pick<BaseModelOptions, 'onBase' | 'onProgress'> = {},
): Promise<Options> {
  const { model, adapters = {}, defaultAdapter, offline } = options;
  const found = await adapterModel(model, { offline, ...callbacks });
  if (found === undefined) return options;
  const { name, path, base } = found;
  if (defaultAdapter !== undefined)
    throw new QuireError(
      'bad_option',
      `the model ${model} is an adapter, and defaultAdapter names another one`,
      `use the base model ${base}`,
    );
  if (Object.hasOwn(adapters, name))
    throw new QuireError(
      'adapter_exists',
      `there is already an adapter ${JSON.stringify(name)}: the model ${model}`,
      'use another name',
    );
  return { ...options, model: base, adapters: { ...adapters, [name]: path }, defaultAdapter: name };
}

// Characters that names of adapters do not allow are replaced.
function adapterName(reference: string, folder: string): string {
  const name = isHubReference(reference)
    ? parseHubReference(reference).repo.split('/')[1]!
    : basename(resolve(folder));
  return name.replaceAll(/[\s:/\\]/gu, '-').slice(0, 128) || 'adapter';
}

const MAX_BASE_LENGTH = 1024;

/** Returns the path or the hub reference of the base model. */
async function findBase(reference: string, { folder, base, revision }: AdapterFolder): Promise<string> {
  if (typeof base !== 'string' || base === '') throw baseError(reference, 'it does not name its base model');
  const quoted = JSON.stringify(base.slice(0, 200));
  if (base.length > MAX_BASE_LENGTH || /\p{Cc}/u.test(base) || /^[\\/]{2}/.test(base))
    throw baseError(reference, `its base model ${quoted} is neither a path nor owner/repo`);
  const isOfHub = isHubReference(reference);
  const path = resolve(folder, base);
  if (!isOfHub && (await exists(path))) {
    if (await isModelPath(path)) return path;
    throw baseError(reference, `its base model ${quoted} is not a model: ${path}`);
  }
  const repository = hubReference(base);
  if (repository === undefined)
    throw baseError(
      reference,
      isOfHub
        ? `its base model ${quoted} is not owner/repo on the hub`
        : `its base model ${quoted} is neither an existing path nor owner/repo on the hub`,
    );
  if (isOfHub && parseHubReference(reference).repo === base)
    throw baseError(reference, 'it names itself as its base model');
  return atRevision(reference, repository, revision);
}

// A network share (\\host\share) is refused before this call, because looking at it is a network request.
const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;

// Only a path that looks like a model is opened. The formats check its content.
async function isModelPath(path: string): Promise<boolean> {
  const isModelFile = (name: string): boolean => /\.(gguf|safetensors)$/i.test(name);
  const stats = await stat(path);
  if (!stats.isDirectory()) return stats.isFile() && isModelFile(path);
  return (await readdir(path).catch((): string[] => [])).some(isModelFile);
}

function hubReference(base: string): HubReference | undefined {
  if (/[@:]/.test(base)) return undefined;
  try {
    return parseHubReference(`hf:${base}`);
  } catch {
    return undefined;
  }
}

// Another revision than the given one would have other weights, so an invalid one is an error.
function atRevision(reference: string, repository: HubReference, revision: JsonValue | undefined): string {
  if (revision === undefined || revision === null) return formatHubReference(repository);
  if (typeof revision === 'string' && isSafePath(revision))
    return formatHubReference({ ...repository, revision });
  throw baseError(
    reference,
    `the revision of its base model is not valid: ${JSON.stringify(revision).slice(0, 200)}`,
  );
}

const baseError = (reference: string, problem: string): QuireError =>
  new QuireError(
    'bad_adapter',
    `${reference} is a LoRA adapter, and ${problem}`,
    'give the base model yourself: --model BASE --adapter NAME=PATH (options model and adapters)',
  );
