// The free memory, as Node reports it.

import { freemem } from 'node:os';

// `availableMemory` respects the limits of a container; `freemem` is the fallback where it is missing.
export const availableMemory = (): number => process.availableMemory?.() ?? freemem();
