// The path of a model that a command was given, brought from a hub first where it has to be.

import { modelPath } from '../engine/node/model-reference.ts';
import type { PullOptions } from '../hub/node/pull-model.ts';
import { progressBar } from './progress-bar.ts';

export const MODEL_HELP = 'a path, hf:owner/repo[:file], or "embedded"';
export const OFFLINE_HELP = 'models of a hub come from the cache, and the network is not asked';

/** Shows a progress bar on standard error, when that is a terminal. */
export async function modelPathWithProgress(reference: string, options: PullOptions): Promise<string> {
  const bar = progressBar('downloading');
  try {
    return await modelPath(reference, { ...options, onProgress: bar.show });
  } finally {
    bar.clear();
  }
}
