// Finds a model in the cache, downloaded by Quire or another tool that shares it. The network is not used: a branch or tag
// refers to the commit that it had when it was last resolved.

import { readFile } from 'node:fs/promises';
import { QuireError } from '../../base/errors.ts';
import { type Choice, chooseFiles, TOKENIZERS } from '../choose-files.ts';
import { formatHubReference, type HubReference } from '../hub-reference.ts';
import { readWeightIndex } from '../weight-index.ts';
import type { RepositoryCache } from './repository-cache.ts';

/**
 * Returns the path of the model. Rejects with `offline` if the cache does not contain it completely, and with
 * `ambiguous_model` if it contains several.
 */
export async function cachedModel(cache: RepositoryCache, wanted: HubReference): Promise<string> {
  const commit = await cache.commitOf(wanted.revision);
  const names = commit === undefined ? [] : await cache.names(commit);
  const choice = choose(names, wanted);
  if (commit !== undefined && choice !== undefined && (await isComplete(cache, commit, names, choice))) {
    return cache.snapshot(commit, choice.open);
  }
  const reference = formatHubReference(wanted);
  const what = `${reference} is not completely in the cache (${cache.folder})`;
  throw new QuireError('offline', what, `run quire pull ${reference} once without --offline`);
}

function choose(names: readonly string[], wanted: HubReference): Choice | undefined {
  try {
    return chooseFiles(names, wanted);
  } catch (error) {
    if (error instanceof QuireError && error.code !== 'ambiguous_model') return undefined;
    throw error;
  }
}

async function isComplete(
  cache: RepositoryCache,
  commit: string,
  names: readonly string[],
  { paths, index, open }: Choice,
): Promise<boolean> {
  // Other tools may have downloaded single files: a checkpoint without a tokenizer is incomplete.
  const checkpoint = open === undefined || (paths.length > 1 && open.endsWith('.safetensors'));
  if (checkpoint && !TOKENIZERS.some((name) => names.includes(name))) return false;
  if (index === undefined) return true;
  const path = cache.snapshot(commit, index);
  const shards = readWeightIndex(await readFile(path, 'utf8'), path);
  return shards.every((shard) => names.includes(shard));
}
