// Derives a model's name from its folder. In the cache of Hugging Face, a snapshot folder is named after its commit, so
// the model is named after the repository folder: models--owner--repo/snapshots/COMMIT.

import { basename, resolve } from 'node:path';

const REPOSITORY = 'models--';

/** Returns the name of the folder, or `owner/repo` for a snapshot. */
export function folderName(folder: string): string {
  const path = resolve(folder);
  const [repository = '', kind] = path.split(/[\\/]/).slice(-3);
  if (kind !== 'snapshots' || !repository.startsWith(REPOSITORY)) return basename(path);
  const name = repository.slice(REPOSITORY.length);
  const end = name.indexOf('--', 1);
  return end < 0 || end + 2 === name.length ? basename(path) : `${name.slice(0, end)}/${name.slice(end + 2)}`;
}
