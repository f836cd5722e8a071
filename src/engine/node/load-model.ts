// `loadModel` in Node, which accepts a path or a hub reference, and the name of a backend.

import { QuireError } from '../../base/errors.ts';
import { checkString } from '../../base/option-names.ts';
import type { EngineOptions } from '../engine.ts';
import type { EngineRequest } from '../load-engine.ts';
import { type LoadedModel, loadModelOn, type ModelOptions } from '../load-model.ts';
import { type BackendOptions, chooseBackend } from './choose-backend.ts';
import { EMBEDDED_REFERENCE } from './model-reference.ts';
import { NODE_PORTS } from './node-ports.ts';

export interface LoadModelOptions extends ModelOptions, BackendOptions {
  /** a path, `hf:owner/repo[@revision][:file]`, or `embedded` (the default); for `loadEngine` also an adapter that names its base model */
  readonly model?: string;
}

/**
 * Loads a model. Before reading the weights, rejects with the errors of `formats` and `models`, or with `out_of_memory`; while reading them,
 * with the errors of `text`.
 */
export async function loadModel(options: LoadModelOptions = {}): Promise<LoadedModel> {
  return loadModelOn(NODE_PORTS, toEngineRequest(options));
}

/** Returns the options with the backend created, and with the default model if none is given. */
export function toEngineRequest(options: LoadModelOptions & EngineOptions): EngineRequest {
  const { backend, threads, activations, instructionSet, ...others } = options;
  const model = options.model ?? EMBEDDED_REFERENCE;
  checkString('model', model);
  if (model === '')
    throw new QuireError('bad_option', 'model is empty', 'pass a path, hf:owner/repo or embedded');
  return { ...others, model, backend: chooseBackend(options) };
}
