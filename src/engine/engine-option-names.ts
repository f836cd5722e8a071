// The names of the options of `Engine.create`, so that unknown options are rejected.

import type { EngineOptions } from './engine-parts.ts';

// The type requires every option: the code does not compile if one is missing here.
const OPTIONS = {
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
  adapters: true,
  defaultAdapter: true,
  pooling: true,
} satisfies Record<keyof EngineOptions, true>;

export const CREATE_OPTION_NAMES: readonly string[] = Object.keys(OPTIONS);
