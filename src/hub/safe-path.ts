// Names that a network sent become paths in the cache: what leads out of it is never written.

import { QuireError } from '../base/errors.ts';
import { isSafePath } from '../base/safe-path.ts';

/** Gives `path` back, or raises `unsafe_path`. `source` names who sent it. */
export function safePath(path: string, source: string): string {
  if (isSafePath(path)) return path;
  throw new QuireError(
    'unsafe_path',
    `${source} names the file ${JSON.stringify(path.slice(0, 200))}, which would leave its folder`,
    'nothing of it was written; do not use this source',
  );
}
