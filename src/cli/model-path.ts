// Resolves the model reference of a command to a path, downloading the model from a hub if needed.

import { type AdapterModel, adapterModel } from '../engine/node/base-model.ts';
import { modelPath } from '../engine/node/model-reference.ts';
import type { PullOptions } from '../hub/node/pull-model.ts';
import { progressBar } from './progress-bar.ts';
import { writeDiagnostic } from './terminal.ts';

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

/**
 * Returns the adapter and the base model of a reference; undefined if the reference names a complete model. Says on standard error
 * which base model is used, because the adapter names it and not the user.
 */
async function adapterModelWithProgress(
  reference: string,
  options: PullOptions,
): Promise<AdapterModel | undefined> {
  const bar = progressBar('downloading');
  try {
    return await adapterModel(reference, {
      ...options,
      onProgress: bar.show,
      onBase: (base) => reportBase(reference, base),
    });
  } finally {
    bar.clear();
  }
}

/** Returns the path of a complete model: if the reference names an adapter, that of its base model. */
export async function baseModelPath(reference: string, options: PullOptions): Promise<string> {
  return (
    (await adapterModelWithProgress(reference, options))?.base ?? modelPathWithProgress(reference, options)
  );
}

/** Prints on standard error that a model is an adapter, and its base model. */
export const reportBase = (reference: string, base: string): void =>
  writeDiagnostic(`${reference} is a LoRA adapter, its base model is ${base}`);
