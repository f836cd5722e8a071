// Resolves the model reference of a command to a path, downloading the model from a hub if needed.

import { modelPath } from '../engine/node/model-reference.ts';
import type { PullOptions } from '../hub/node/pull-model.ts';
import { progressBar } from './progress-bar.ts';

export const MODEL_HELP = 'a path, hf:owner/repo[:file], or "embedded"';
export const OFFLINE_HELP = 'read models of a hub only from the cache, without network access';

/** Returns the path of the model. Shows a progress bar if standard error is a terminal. */
export async function modelPathWithProgress(reference: string, options: PullOptions): Promise<string> {
  const bar = progressBar('downloading');
  try {
    return await modelPath(reference, { ...options, onProgress: bar.show });
  } finally {
    bar.clear();
  }
}
