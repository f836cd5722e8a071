// How much memory is free, as Node tells it.

import { freemem } from 'node:os';

// Node 20.19 may lack the limits of a container in `availableMemory`; what it reports is never less true than
// the free memory of the machine.
export const availableMemory = (): number => process.availableMemory?.() ?? freemem();
