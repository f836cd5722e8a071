// Folders for what others must not read: made for their user alone, whatever the umask is. One that was there before is
// left as it is, since it may be shared on purpose, and its owner is told.

import { chmod, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { QuireError } from '../errors.ts';
import { makeFolder } from './make-folder.ts';

const PRIVATE_FOLDER = 0o700;
export const PRIVATE_FILE = 0o600;
const OTHERS = 0o077;
const OTHERS_ENTER = 0o011;

/**
 * Makes the folder where it is missing. Gives a warning, `folder_not_private`, where others can read it. Rejects with
 * what the file system says.
 */
export async function makePrivateFolder(path: string): Promise<QuireError | undefined> {
  if (await makeFolder(path, PRIVATE_FOLDER)) {
    await chmod(path, PRIVATE_FOLDER);
    return undefined;
  }
  if (process.platform === 'win32') return undefined; // modes say nothing there
  const { mode } = await stat(path);
  if ((mode & OTHERS) === 0 || !(await othersReach(dirname(resolve(path))))) return undefined;
  const shown = (mode & 0o777).toString(8);
  return new QuireError(
    'folder_not_private',
    `other users of this machine can read what is kept in ${path}, whose mode is ${shown}`,
    `run chmod 700 on it, unless that is intended`,
  );
}

async function othersReach(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  if ((mode & OTHERS_ENTER) === 0) return false;
  const above = dirname(path);
  return above === path || othersReach(above);
}
