// Finds a model in the cache, which Quire shares with other tools. The network is not used: a branch or tag refers to
// the commit to which it was last resolved.

import { readFile } from 'node:fs/promises';
import { QuireError } from '../../base/errors.ts';
import { type ChosenFiles, chooseFiles, TOKENIZER_FILES } from '../choose-files.ts';
import { formatHubReference, type HubReference } from '../hub-reference.ts';
import { readWeightIndex } from '../weight-index.ts';
import type { RepositoryCache } from './repository-cache.ts';

/**
 * Returns the path of the model. Rejects with `offline` if the cache does not contain the complete model, and
 * with `ambiguous_model` if the cache contains several matching models.
 */
export async function cachedModel(cache: RepositoryCache, reference: HubReference): Promise<string> {
  const commit = await cache.commitOf(reference.revision);
  const names = commit === undefined ? [] : await cache.names(commit);
  const choice = chooseCached(names, reference);
  if (commit !== undefined && choice !== undefined && (await isComplete(cache, commit, names, choice))) {
    return cache.snapshot(commit, choice.modelPath);
  }
  const text = formatHubReference(reference);
  const message = `${text} is not completely in the cache (${cache.folder})`;
  throw new QuireError('offline', message, `run quire pull ${text} once without --offline`);
}

function chooseCached(names: readonly string[], reference: HubReference): ChosenFiles | undefined {
  try {
    return chooseFiles(names, reference);
  } catch (error) {
    if (error instanceof QuireError && error.code !== 'ambiguous_model') return undefined;
    throw error;
  }
}

async function isComplete(
  cache: RepositoryCache,
  commit: string,
  names: readonly string[],
  { index, needsTokenizer }: ChosenFiles,
): Promise<boolean> {
  // Other tools may have downloaded single files: a checkpoint without a tokenizer is incomplete.
  if (needsTokenizer && !TOKENIZER_FILES.some((name) => names.includes(name))) return false;
  if (index === undefined) return true;
  const path = cache.snapshot(commit, index);
  const shards = readWeightIndex(await readFile(path, 'utf8'), path);
  return shards.every((shard) => names.includes(shard));
}
