// The platform functions of an engine in a browser page or worker.

import { QuireError } from '../base/errors.ts';
import type { EnginePorts } from './engine-ports.ts';
import { Sha256 } from './sha256.ts';

export interface BrowserSetup extends Pick<EnginePorts, 'openModel'> {
  /** memory limit for weights, keys and values, because browsers do not report free memory */
  readonly memoryBytes: number;
}

/** Returns the ports. They contain no disk port. */
export const browserPorts = ({ openModel, memoryBytes }: BrowserSetup): EnginePorts => ({
  createHash: () => new Sha256(),
  freeMemory: () => memoryBytes,
  openModel,
  openAdapter: () => Promise.reject(noAdaptersError()),
});

const noAdaptersError = (): QuireError =>
  new QuireError(
    'not_supported',
    'adapters cannot be loaded in a browser',
    'merge the adapter into its model',
  );
