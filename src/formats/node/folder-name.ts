// What people call the model in a folder: the folder's name, but for a snapshot in the cache of Hugging Face,
// which is named by a commit. There the folder of the repository says it: models--owner--repo/snapshots/COMMIT.

import { basename, resolve } from 'node:path';

const SNAPSHOT = /(?:^|[\\/])models--([^\\/]+?)--([^\\/]+)[\\/]snapshots[\\/][^\\/]+$/;

export function folderName(folder: string): string {
  const path = resolve(folder);
  const [, owner, repo] = SNAPSHOT.exec(path) ?? [];
  return owner === undefined ? basename(path) : `${owner}/${repo}`;
}
