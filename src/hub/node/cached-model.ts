// A model that lies in the cache already, brought by Quire or by any other tool that shares it. No network is
// asked, so this answers with the commit that the revision meant when it was last looked up.

import { readFile } from 'node:fs/promises';
import { QuireError } from '../../base/errors.ts';
import { type Choice, chooseFiles, TOKENIZERS } from '../choose-files.ts';
import { formatHubReference, type HubReference } from '../hub-reference.ts';
import { readWeightIndex } from '../weight-index.ts';
import type { RepositoryCache } from './repository-cache.ts';

/**
 * The path of the model that `wanted` means. Throws `offline` when the cache does not hold all of it, and
 * `ambiguous_model` when it holds several.
 */
export async function cachedModel(cache: RepositoryCache, wanted: HubReference): Promise<string> {
  const commit = await cache.commitOf(wanted.revision);
  const names = commit === undefined ? [] : await cache.names(commit);
  const choice = choose(names, wanted);
  if (commit !== undefined && choice !== undefined && (await isWhole(cache, commit, names, choice))) {
    return cache.snapshot(commit, choice.open);
  }
  const reference = formatHubReference(wanted);
  const what = `${reference} is not in the cache, or not all of it (${cache.folder})`;
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

async function isWhole(
  cache: RepositoryCache,
  commit: string,
  names: readonly string[],
  { paths, index, open }: Choice,
): Promise<boolean> {
  // Other tools bring single files: a checkpoint without a tokenizer is not all of it.
  const checkpoint = open === undefined || (paths.length > 1 && open.endsWith('.safetensors'));
  if (checkpoint && !TOKENIZERS.some((name) => names.includes(name))) return false;
  if (index === undefined) return true;
  const path = cache.snapshot(commit, index);
  const shards = readWeightIndex(await readFile(path, 'utf8'), path);
  return shards.every((shard) => names.includes(shard));
}
