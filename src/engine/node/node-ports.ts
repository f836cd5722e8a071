// The platform functions of an engine in Node.

import { createHash } from 'node:crypto';
import { openAdapterFile } from '../../models/node/open-adapter-file.ts';
import { openModelToLoad } from '../../models/node/open-model-file.ts';
import type { EnginePorts } from '../engine-ports.ts';
import { availableMemory } from './available-memory.ts';
import { kvDiskPort } from './kv-disk-port.ts';
import { modelPath } from './model-reference.ts';

export const NODE_PORTS: EnginePorts = {
  createHash: () => {
    const hash = createHash('sha256');
    return {
      update: (data) => {
        hash.update(data);
      },
      digest: () => hash.digest('hex'),
    };
  },
  freeMemory: availableMemory,
  openModel: async (reference, options) => openModelToLoad(await modelPath(reference, options)),
  openAdapter: openAdapterFile,
  kvDisk: kvDiskPort,
};
