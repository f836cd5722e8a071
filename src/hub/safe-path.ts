// Names that a network sent become paths in the cache, links and lines on a terminal. So a name is taken only
// when it stays below the folder that it is joined to, on every system, and holds nothing that moves a cursor.

import { QuireError } from '../base/errors.ts';

// Windows takes `\` as a separator and `:` as the end of a drive; control and format characters steer terminals.
const FORBIDDEN = /[\\:\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const MAX_LENGTH = 1024;

/** Whether `path` is relative, goes downwards only, and is written with forward slashes. */
export function isSafePath(path: string): boolean {
  if (path.length > MAX_LENGTH || FORBIDDEN.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** Gives `path` back, or raises `unsafe_path`. `source` names who sent it. */
export function safePath(path: string, source: string): string {
  if (isSafePath(path)) return path;
  throw new QuireError(
    'unsafe_path',
    `${source} names the file ${JSON.stringify(path.slice(0, 200))}, which would leave its folder`,
    'nothing of it was written; do not use this source',
  );
}
