import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../../tests/support/temporary-folder.ts';

const folder = temporaryFolder('addon');

// The path is read when the module is loaded.
async function load(path: string): Promise<unknown> {
  vi.stubEnv('QUIRE_NATIVE', path);
  return (await import('./addon.ts')).loadAddon();
}

beforeEach(() => {
  vi.resetModules();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

it.each([
  ['another file', 'other.json', '{ "name": "x" }'],
  ['kernels that lack functions of this version', 'old.cjs', 'exports.instructionSets = () => ["plain"];'],
])('reports %s', async (_, name, content) => {
  const path = join(folder, name);
  await writeFile(path, content);
  expect(await load(path)).toEqual(new Error(`${path} does not contain the kernels of this version`));
});

it('reports that the file does not exist', async () => {
  const path = join(folder, 'none.node');
  expect(await load(path)).toEqual(new Error(`the kernels are not compiled (no ${path})`));
});
