// Checks untrusted file names, which Quire uses as paths below a folder, as links, and in terminal output. A safe
// name stays below its folder on every operating system and contains no control characters.

// On Windows `\` is a separator and `:` ends a drive name; terminals execute control and format characters.
const FORBIDDEN = /[\\:\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const MAX_LENGTH = 1024;

/** Returns whether `path` is relative, has no `.` or `..` parts, and uses forward slashes. */
export function isSafePath(path: string): boolean {
  if (path.length > MAX_LENGTH || FORBIDDEN.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
