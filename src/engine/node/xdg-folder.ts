// Returns folders according to the XDG base directory specification. A relative path in a variable of the specification is invalid
// and must be ignored, because it would depend on the current directory.

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Returns the value of `variable` if it is an absolute path, otherwise the fallback in the home folder of the user. */
export function xdgFolder(variable: string | undefined, ...fallback: readonly string[]): string {
  if (variable !== undefined && isAbsolute(variable)) return variable;
  return join(homedir(), ...fallback);
}
