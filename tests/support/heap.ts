// The memory of this process after a garbage collection.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Collects garbage, without `--expose-gc` on the command line. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}

/** Returns the bytes of live objects. */
export function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
