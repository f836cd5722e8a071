// Folders of the XDG base directory specification. A relative path in one of its variables is invalid and must be
// ignored: it would depend on the current directory.

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Returns the folder in `variable`, or the fallback below the user's home when the variable holds no absolute path. */
export function xdgFolder(variable: string | undefined, ...fallback: readonly string[]): string {
  if (variable !== undefined && isAbsolute(variable)) return variable;
  return join(homedir(), ...fallback);
}
