// Creates folders for private data, with access for their owner only, whatever the umask is. The mode of an existing
// folder is not changed, because the folder may be shared on purpose; a warning is returned instead.

import { chmod, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { QuireError } from '../errors.ts';
import { makeFolder } from './make-folder.ts';

const PRIVATE_FOLDER_MODE = 0o700;
export const PRIVATE_FILE_MODE = 0o600;
const ACCESS_OF_OTHERS = 0o077;
const SEARCH_BY_OTHERS = 0o011;

/**
 * Creates the folder if it is missing. Returns the warning `folder_not_private` when other users can read it. Rejects
 * with the error of the file system.
 */
export async function makePrivateFolder(path: string): Promise<QuireError | undefined> {
  if (await makeFolder(path, PRIVATE_FOLDER_MODE)) {
    await chmod(path, PRIVATE_FOLDER_MODE);
    return undefined;
  }
  if (process.platform === 'win32') return undefined; // Windows has no POSIX modes
  const { mode } = await stat(path);
  if ((mode & ACCESS_OF_OTHERS) === 0 || !(await othersCanReach(dirname(resolve(path))))) return undefined;
  const modeText = (mode & 0o777).toString(8);
  return new QuireError(
    'folder_not_private',
    `other users of this machine can read the files in ${path}, whose mode is ${modeText}`,
    `run chmod 700 on it, unless that is intended`,
  );
}

async function othersCanReach(path: string): Promise<boolean> {
  const { mode } = await stat(path);
  if ((mode & SEARCH_BY_OTHERS) === 0) return false;
  const parent = dirname(path);
  return parent === path || othersCanReach(parent);
}
