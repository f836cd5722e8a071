// `loadEngine` in Node: loads a model by reference and creates an engine on it.

import { checkOptionNames } from '../../base/option-names.ts';
import type { Engine, EngineOptions } from '../engine.ts';
import { ENGINE_OPTION_NAMES, type EngineRequest, loadEngineOn, type MemoryShare } from '../load-engine.ts';
import { withBaseModel } from './base-model.ts';
import { type LoadModelOptions, toEngineRequest } from './load-model.ts';
import { NODE_PORTS } from './node-ports.ts';

export type LoadEngineOptions = LoadModelOptions & EngineOptions;

// The options of backends that are selected by name.
const BACKEND_OPTIONS = {
  threads: true,
  activations: true,
  instructionSet: true,
} satisfies Record<Exclude<keyof LoadEngineOptions, keyof EngineRequest>, true>;

const OPTION_NAMES = [...ENGINE_OPTION_NAMES, ...Object.keys(BACKEND_OPTIONS)];

/**
 * Loads a model and creates an engine on it, as `loadModel` and `Engine.create` do. The model may also be a PEFT adapter that names its
 * base model: then the engine has the base model, and the adapter is its default adapter.
 */
export const loadEngine = (options: LoadEngineOptions = {}): Promise<Engine> => loadEngineWithin(options);

/** Does the same as `loadEngine`, but uses only a share of the free memory. */
export async function loadEngineWithin(
  options: LoadEngineOptions,
  memory: MemoryShare = {},
): Promise<Engine> {
  checkOptionNames(options, OPTION_NAMES, 'loadEngine');
  const request = toEngineRequest(options);
  const { onProgress } = request;
  return loadEngineOn(NODE_PORTS, await withBaseModel(request, { onProgress }), memory);
}
