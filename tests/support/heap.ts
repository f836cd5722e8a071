// Measures the memory of this process after a garbage collection.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Runs a garbage collection. Does not require `--expose-gc` on the command line. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

/** Returns the size in bytes of the reachable objects. */
export function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
