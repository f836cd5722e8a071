// What people call the model in a folder: the folder's name, but for a snapshot in the cache of Hugging Face,
// which is named by a commit. There the folder of the repository says it: models--owner--repo/snapshots/COMMIT.

import { basename, resolve } from 'node:path';

const REPOSITORY = 'models--';

export function folderName(folder: string): string {
  const path = resolve(folder);
  const [repository = '', kind] = path.split(/[\\/]/).slice(-3);
  if (kind !== 'snapshots' || !repository.startsWith(REPOSITORY)) return basename(path);
  const name = repository.slice(REPOSITORY.length);
  const at = name.indexOf('--', 1);
  return at < 0 || at + 2 === name.length ? basename(path) : `${name.slice(0, at)}/${name.slice(at + 2)}`;
}
