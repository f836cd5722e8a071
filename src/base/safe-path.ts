// Names of files that someone else wrote become paths below a folder, links, and lines on a terminal. So a name is taken
// only when it stays below the folder that it is joined to, on every system, and holds nothing that moves a cursor.

// Windows takes `\` as a separator and `:` as the end of a drive; control and format characters steer terminals.
const FORBIDDEN = /[\\:\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const MAX_LENGTH = 1024;

/** Whether `path` is relative, goes downwards only, and is written with forward slashes. */
export function isSafePath(path: string): boolean {
  if (path.length > MAX_LENGTH || FORBIDDEN.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
