// The folders that the XDG base directory specification names. It says that a relative path in one of its variables is
// invalid and to be ignored: it would mean another folder wherever the program is started.

import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** What the variable says, or the folder below the user's home where it says nothing valid. */
export function xdgFolder(variable: string | undefined, ...fallback: readonly string[]): string {
  if (variable !== undefined && isAbsolute(variable)) return variable;
  return join(homedir(), ...fallback);
}
