import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolderForEachTest } from '../../../tests/support/temporary-folder.ts';
import { packageRootOf } from './package-root.ts';

const folder = temporaryFolderForEachTest('package-root');

/** Creates a package in a folder and returns the URL of a module in it. */
async function createPackage(path: string, name: string): Promise<string> {
  const root = join(folder(), path);
  await mkdir(join(root, 'dist/chunks'), { recursive: true });
  await writeFile(join(root, 'package.json'), JSON.stringify({ name }));
  return pathToFileURL(join(root, 'dist/chunks/module.js')).href;
}

it('finds the folder above a module, with spaces and Chinese characters', async () => {
  const module = await createPackage('my app/中文/node_modules/quire-llm', 'quire-llm');
  expect(packageRootOf(module).href).toBe(new URL('../../', module).href);
});

it('rejects a module that was bundled into another package or into CommonJS', async () => {
  const module = await createPackage('my-app', 'my-app');
  expect(() => packageRootOf(module)).toThrow(
    expect.objectContaining({ code: 'not_supported', hint: expect.stringContaining('external') }),
  );
  expect(() => packageRootOf(undefined)).toThrow(expect.objectContaining({ code: 'not_supported' }));
});

it('prefers the files outside an archive of Electron', async () => {
  const path = 'resources/app.asar/node_modules/quire-llm';
  const module = await createPackage(path, 'quire-llm');
  expect(packageRootOf(module).href).toBe(new URL('../../', module).href);
  const unpacked = await createPackage(path.replace('app.asar', 'app.asar.unpacked'), 'quire-llm');
  expect(packageRootOf(module).href).toBe(new URL('../../', unpacked).href);
});
