// What an engine needs of the place it runs in, as a page or a worker of it can have it.

import type { EnginePorts } from './engine-ports.ts';
import { Sha256 } from './sha256.ts';

export interface BrowserSetup extends Pick<EnginePorts, 'openModel'> {
  /** bytes that weights, keys and values may take together: no browser says how many there are */
  readonly memoryBytes: number;
}

/** Ports without a disk. */
export const browserPorts = ({ openModel, memoryBytes }: BrowserSetup): EnginePorts => ({
  createHash: () => new Sha256(),
  freeMemory: () => memoryBytes,
  openModel,
});
