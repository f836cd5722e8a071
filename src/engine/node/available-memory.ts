// Returns the free memory in bytes, as Node reports it.

import { freemem } from 'node:os';

// `process.availableMemory` respects the limit of a container. `freemem` is the fallback for versions of Node without it.
export const availableMemory = (): number => process.availableMemory?.() ?? freemem();
