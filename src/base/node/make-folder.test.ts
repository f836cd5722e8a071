import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeFolder } from './make-folder.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'quire-folder-'));
  await writeFile(join(root, 'file'), '');
  await symlink(join(root, 'none'), join(root, 'link'));
});
afterAll(() => rm(root, { recursive: true }));

it('makeFolder creates a folder and its parents, and returns true only if the folder was created', async () => {
  const path = join(root, 'a', 'b', 'c');
  const created = await Promise.all([makeFolder(path, 0o700), makeFolder(join(root, 'a', 'b', 'd'))]);
  expect(created).toEqual([true, true]);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
  expect(await makeFolder(path)).toBe(false);
});

it('makeFolder returns true for exactly one of several concurrent calls', async () => {
  for (let round = 0; round < 20; round++) {
    const path = join(root, `round-${round}`, 'a', 'b');
    const created = await Promise.all(Array.from({ length: 8 }, () => makeFolder(path)));
    expect(created.filter((wasCreated) => wasCreated)).toHaveLength(1);
  }
});

it.each([
  ['a file', ['file'], 'EEXIST'],
  ['inside a file', ['file', 'a', 'b'], 'ENOTDIR'],
  ['a link to a missing file', ['link'], 'EEXIST'],
  ['inside a link to a missing file', ['link', 'a'], 'EEXIST'],
])('makeFolder rejects if the path is %s', async (_, path, code) => {
  await expect(makeFolder(join(root, ...path))).rejects.toMatchObject({ code });
});

it.runIf(existsSync('/proc/self'))(
  'makeFolder rejects if the file system does not allow new folders',
  async () => {
    await expect(makeFolder('/proc/quire-none/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
  },
);
