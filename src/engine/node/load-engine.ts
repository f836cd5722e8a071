// From the name of a model to an engine that answers: the model is loaded, and memory is looked at once for both.

import type { ModelConfig } from '../../base/model-file.ts';
import { checkOptionNames } from '../../base/option-names.ts';
import type { Backend } from '../../kernels/backend.ts';
import type { Program } from '../../program/program.ts';
import { createEngine, type Engine, type EngineOptions } from '../engine.ts';
import { kvSize } from '../kv-size.ts';
import { type LoadModelOptions, loadModelFor } from '../load-model.ts';
import { availableMemory } from '../memory-fit.ts';

export type LoadEngineOptions = LoadModelOptions & EngineOptions;

const LOAD_OPTIONS = {
  model: true,
  backend: true,
  threads: true,
  activations: true,
  instructionSet: true,
  fuse: true,
  offline: true,
  onProgress: true,
  cache: true,
  context: true,
  kvMemory: true,
  kvDtype: true,
  blockSize: true,
  kvDisk: true,
  kvDiskFolder: true,
  onWarning: true,
  maxRunning: true,
  maxWaiting: true,
  scheduling: true,
  draftTokens: true,
  stepTokens: true,
  onStep: true,
} satisfies Record<keyof LoadEngineOptions, true>;

/** A model loaded and an engine on it: `loadModel` and `Engine.create` in one. */
export const loadEngine = (options: LoadEngineOptions = {}): Promise<Engine> => loadEngineWithin(options);

/** For who shares memory among several engines. */
export interface MemoryShare {
  /** bytes that a default amount of KV memory is taken of; what is free now when absent */
  readonly freeBytes?: number;
}

/** As `loadEngine`. */
export async function loadEngineWithin(
  options: LoadEngineOptions,
  { freeBytes = availableMemory() }: MemoryShare = {}, // before the weights, so that both look at the same
): Promise<Engine> {
  checkOptionNames(options, Object.keys(LOAD_OPTIONS), 'loadEngine');
  const kvBytes = (config: ModelConfig, program: Program, backend: Backend): number =>
    kvSize(config, program, { kvDtype: backend.kvDtype, ...options }, freeBytes).bytes;
  const model = await loadModelFor(options, kvBytes);
  try {
    return await createEngine(model, options, { freeBytes, ownsModel: true });
  } catch (error) {
    model.dispose();
    throw error;
  }
}
