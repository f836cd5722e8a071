// From the name of a model to an engine that answers, in Node.

import { checkOptionNames } from '../../base/option-names.ts';
import type { Engine, EngineOptions } from '../engine.ts';
import { ENGINE_OPTION_NAMES, type EngineRequest, loadEngineOn, type MemoryShare } from '../load-engine.ts';
import { type LoadModelOptions, withBackend } from './load-model.ts';
import { NODE_PORTS } from './node-ports.ts';

export type LoadEngineOptions = LoadModelOptions & EngineOptions;

// Those of a backend by name.
const BACKEND_OPTIONS = {
  threads: true,
  activations: true,
  instructionSet: true,
} satisfies Record<Exclude<keyof LoadEngineOptions, keyof EngineRequest>, true>;

const OPTION_NAMES = [...ENGINE_OPTION_NAMES, ...Object.keys(BACKEND_OPTIONS)];

/** A model loaded and an engine on it: `loadModel` and `Engine.create` in one. */
export const loadEngine = (options: LoadEngineOptions = {}): Promise<Engine> => loadEngineWithin(options);

/** As `loadEngine`. */
export async function loadEngineWithin(
  options: LoadEngineOptions,
  memory: MemoryShare = {},
): Promise<Engine> {
  checkOptionNames(options, OPTION_NAMES, 'loadEngine');
  return loadEngineOn(NODE_PORTS, withBackend(options), memory);
}
