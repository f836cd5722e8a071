// The names of the options of `Engine.create`, so that an unknown one is refused.

import type { EngineOptions } from './engine-parts.ts';

// Exhaustive by type: a new option that is not named here does not compile.
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
} satisfies Record<keyof EngineOptions, true>;

export const CREATE_OPTION_NAMES: readonly string[] = Object.keys(OPTIONS);
