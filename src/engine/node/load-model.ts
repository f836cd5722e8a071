// `loadModel` in Node: the reference is a path or a model of a hub, and the backend may be a name.

import type { EngineOptions } from '../engine.ts';
import type { EngineRequest } from '../load-engine.ts';
import { type LoadedModel, loadModelOn, type ModelOptions } from '../load-model.ts';
import { type BackendOptions, chooseBackend } from './choose-backend.ts';
import { EMBEDDED_REFERENCE } from './model-reference.ts';
import { NODE_PORTS } from './node-ports.ts';

export interface LoadModelOptions extends ModelOptions, BackendOptions {
  /** a path, `hf:owner/repo[@revision][:file]`, or `embedded` (the default) */
  readonly model?: string;
}

/**
 * Opens, checks and stores a model. Raises the errors of `formats`, `text` and `models`, and `out_of_memory`,
 * before any weight is read.
 */
export async function loadModel(options: LoadModelOptions = {}): Promise<LoadedModel> {
  return loadModelOn(NODE_PORTS, withBackend(options));
}

/** The same options with a backend that is made and a model that is named. */
export function withBackend(options: LoadModelOptions & EngineOptions): EngineRequest {
  const { backend, threads, activations, instructionSet, ...others } = options;
  return { ...others, model: options.model ?? EMBEDDED_REFERENCE, backend: chooseBackend(options) };
}
