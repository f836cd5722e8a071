// Modes of folders that are created under umask 0, and the warning for a folder that others can read.

import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePrivateFolder } from './private-folder.ts';

let folder: string;
let umask: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-private-'));
  umask = process.umask(0);
});
afterEach(async () => {
  process.umask(umask);
  await rm(folder, { recursive: true });
});

test.skipIf(process.platform === 'win32')(
  'a folder and its parents are created with access only for the owner',
  async () => {
    const path = join(folder, 'a', 'b');
    expect(await makePrivateFolder(path)).toBeUndefined();
    for (const created of [path, join(folder, 'a')]) expect((await stat(created)).mode & 0o777).toBe(0o700);
    expect(await makePrivateFolder(path)).toBeUndefined();
  },
);

test.skipIf(process.platform === 'win32')(
  'the mode of an existing folder that others can read is not changed, and a warning is returned',
  async () => {
    const path = join(folder, 'a');
    await makePrivateFolder(path);
    await chmod(path, 0o755);
    expect(await makePrivateFolder(path)).toBeUndefined(); // its parent is private
    await chmod(folder, 0o711);
    expect(await makePrivateFolder(path)).toMatchObject({
      code: 'folder_not_private',
      message: `other users of this machine can read the files in ${path}, whose mode is 755`,
    });
    expect((await stat(path)).mode & 0o777).toBe(0o755);
  },
);
