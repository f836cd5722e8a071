// Rejects file names of a hub that point outside the folder of the cache.

import { QuireError } from '../base/errors.ts';
import { isSafePath } from '../base/safe-path.ts';

/** Returns `path` if it is safe, else throws `unsafe_path`. @param source the origin of the name, for messages */
export function requireSafePath(path: string, source: string): string {
  if (isSafePath(path)) return path;
  throw new QuireError(
    'unsafe_path',
    `${source} has the file name ${JSON.stringify(path.slice(0, 200))}, which is not a safe relative path`,
    'nothing was written for it; do not use this source',
  );
}
