// A model and an engine on it in one, wherever they run: memory is looked at once for both.

import type { ModelConfig } from '../base/model/model-file.ts';
import { checkOptionNames } from '../base/option-names.ts';
import type { Backend } from '../kernels/backend.ts';
import type { Program } from '../program/program.ts';
import { createEngine, type Engine, type EngineOptions } from './engine.ts';
import type { EnginePorts } from './engine-ports.ts';
import { kvSize } from './kv-size.ts';
import { loadModelOn, type ModelRequest } from './load-model.ts';

export type EngineRequest = ModelRequest & EngineOptions;

// Exhaustive by type: an option that is added and not named here does not compile.
const OPTIONS = {
  model: true,
  backend: true,
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
} satisfies Record<keyof EngineRequest, true>;

export const ENGINE_OPTION_NAMES: readonly string[] = Object.keys(OPTIONS);

/** For who shares memory among several engines. */
export interface MemoryShare {
  /** bytes that a default amount of KV memory is taken of; what is free now when absent */
  readonly freeBytes?: number;
}

/** An engine on the model that is asked for, which goes with it. Rejects as `loadModelOn` and `createEngine` do. */
export async function loadEngineOn(
  ports: EnginePorts,
  request: EngineRequest,
  { freeBytes = ports.freeMemory() }: MemoryShare = {}, // before the weights, so that both look at the same
): Promise<Engine> {
  checkOptionNames(request, ENGINE_OPTION_NAMES, 'loadEngine');
  const kvBytes = (config: ModelConfig, program: Program, backend: Backend): number =>
    kvSize(config, program, { kvDtype: backend.kvDtype, ...request }, freeBytes).bytes;
  const model = await loadModelOn(ports, request, kvBytes);
  try {
    return await createEngine(model, request, { freeBytes, ownsModel: true });
  } catch (error) {
    model.dispose();
    throw error;
  }
}
