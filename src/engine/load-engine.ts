// Loads a model and creates an engine on it. The free memory is measured only once, before the weights are loaded, so that the
// memory check of the model and the size of KV memory use the same value.

import type { ModelConfig } from '../base/model/model-file.ts';
import { checkOptionNames } from '../base/option-names.ts';
import type { Backend } from '../kernels/backend.ts';
import type { Program } from '../program/program.ts';
import { createEngine, type Engine } from './engine.ts';
import { CREATE_OPTION_NAMES } from './engine-option-names.ts';
import type { EngineOptions } from './engine-parts.ts';
import type { EnginePorts } from './engine-ports.ts';
import { kvSize } from './kv-size.ts';
import { loadModelOn, type ModelRequest } from './load-model.ts';
import { freeKvBytes } from './memory-fit.ts';

export type EngineRequest = ModelRequest & EngineOptions;

// The type requires every option: the code does not compile if one is missing here.
const MODEL_OPTIONS = {
  model: true,
  backend: true,
  fuse: true,
  offline: true,
  onProgress: true,
} satisfies Record<keyof ModelRequest, true>;

export const ENGINE_OPTION_NAMES: readonly string[] = [...Object.keys(MODEL_OPTIONS), ...CREATE_OPTION_NAMES];

/** The share of the free memory that an engine may use, for callers that load several engines. */
export interface MemoryShare {
  /** bytes from which the default size of KV memory is derived; by default, the memory that is free at the call */
  readonly freeBytes?: number;
}

/** Returns an engine that owns its model. Rejects with the errors of `loadModelOn` and `createEngine`. */
export async function loadEngineOn(
  ports: EnginePorts,
  request: EngineRequest,
  { freeBytes = ports.freeMemory() }: MemoryShare = {},
): Promise<Engine> {
  checkOptionNames(request, ENGINE_OPTION_NAMES, 'loadEngine');
  const kvBytes = (config: ModelConfig, program: Program, backend: Backend, weightBytes: number): number =>
    kvSize(
      config,
      program,
      { kvDtype: backend.kvDtype, ...request },
      freeKvBytes(backend, weightBytes, freeBytes),
    ).bytes;
  const model = await loadModelOn(ports, request, kvBytes);
  try {
    return await createEngine(model, request, { freeBytes, ownsModel: true });
  } catch (error) {
    model.dispose();
    throw error;
  }
}
