// From the name of a model to an engine that answers: the model is loaded, and memory is looked at once for both.

import type { ModelConfig } from '../base/model-file.ts';
import { checkOptionNames } from '../base/option-names.ts';
import type { Backend } from '../kernels/backend.ts';
import type { Program } from '../program/program.ts';
import { Engine, type EngineOptions } from './engine.ts';
import { kvSize } from './kv-size.ts';
import { type LoadModelOptions, loadModelFor } from './load-model.ts';
import { availableMemory } from './memory-fit.ts';

export type LoadEngineOptions = LoadModelOptions & EngineOptions;

const LOAD_OPTIONS: readonly (keyof LoadEngineOptions)[] = [
  'model',
  'backend',
  'threads',
  'activations',
  'instructionSet',
  'fuse',
  'offline',
  'onProgress',
  'cache',
  'context',
  'kvMemory',
  'kvDtype',
  'blockSize',
  'kvDisk',
  'kvDiskFolder',
  'onWarning',
  'maxRunning',
  'maxWaiting',
  'scheduling',
  'draftTokens',
  'stepTokens',
  'onStep',
];

/** A model loaded and an engine on it: `loadModel` and `Engine.create` in one. */
export async function loadEngine(options: LoadEngineOptions = {}): Promise<Engine> {
  checkOptionNames(options, LOAD_OPTIONS, 'loadEngine');
  const freeBytes = availableMemory(); // before the weights, so that both look at the same
  const kvBytes = (config: ModelConfig, program: Program, backend: Backend): number =>
    kvSize(config, program, { kvDtype: backend.kvDtype, ...options }, freeBytes).bytes;
  const model = await loadModelFor(options, kvBytes);
  try {
    return await Engine.create(model, options, { freeBytes, ownsModel: true });
  } catch (error) {
    model.weights.dispose();
    throw error;
  }
}
