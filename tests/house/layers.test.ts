// Tests the layer check with small repositories: one has no violations, each of the others has one kind of violation.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { checkLayers } from '../../tools/layers.js';

const VALID_FILES: Readonly<Record<string, string>> = {
  'src/base/ids.ts': 'export const first = 0;',
  'src/kv/pool.ts': "import { first } from '../base/ids.ts';\nexport const pool = first;",
  'src/models/node/file.ts': "import 'node:fs';\nexport const file = 1;",
  'src/engine/engine.ts':
    "import { pool } from '../kv/pool.ts';\nexport interface Engine { pool: typeof pool }",
  'src/engine/node/load.ts': "import 'node:os';\nexport type { Engine } from '../engine.ts';",
  'src/kernels/index.ts': "export { worker } from './reference/node/worker.ts';",
  'src/kernels/reference/node/worker.ts': "import 'node:worker_threads';\nexport const worker = 1;",
  'src/index.ts': "export type { Engine } from './engine/engine.ts';",
};

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function createRepository(changes: Readonly<Record<string, string>>): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'quire-layers-'));
  folders.push(root);
  for (const [path, text] of Object.entries({ ...VALID_FILES, ...changes })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const problemsOf = async (changes: Readonly<Record<string, string>>): Promise<string[]> =>
  (await checkLayers(await createRepository(changes))).problems;

it('checkLayers finds no problem in a valid repository', async () => {
  expect(await problemsOf({})).toEqual([]);
});

it('checkLayers finds an import from a higher module, even if only a type is imported', async () => {
  const problems = await problemsOf({
    'src/kv/up.ts': "import type { Engine } from '../engine/engine.ts';\nexport type E = Engine;",
  });
  expect(problems).toEqual(['src/kv/up.ts -> src/engine/engine.ts: kv may import base, completion']);
});

it('checkLayers finds an import between modules that the table does not allow', async () => {
  const problems = await problemsOf({ 'src/text/side.ts': "export { pool } from '../kv/pool.ts';" });
  expect(problems).toEqual(['src/text/side.ts -> src/kv/pool.ts: text may import base, completion']);
});

it('checkLayers finds imports of Node modules in a pure module, but allows them in its tests', async () => {
  const problems = await problemsOf({
    'src/kv/clock.ts': "import 'node:perf_hooks';",
    'src/kv/clock.test.ts': "import 'node:fs';",
    'src/kernels/reference/step.ts': "export const load = () => import('node:fs/promises');",
    'src/text/open.ts': "import { file } from './node/file.ts';\nexport const open = file;",
    'src/text/node/file.ts': "import 'node:fs';\nexport const file = 1;",
  });
  expect(problems.map((problem) => problem.split(' -> ')[0]).sort()).toEqual([
    'src/kernels/reference/step.ts',
    'src/kv/clock.ts',
    'src/text/open.ts',
  ]);
});

it('checkLayers finds direct and indirect imports of Node modules in src/engine outside node/', async () => {
  const problems = await problemsOf({
    'src/engine/memory.ts': "import { freemem } from 'node:os';\nexport const free = freemem;",
    'src/engine/hash.ts': "import { createHash } from 'crypto';\nexport const hash = createHash;",
    'src/engine/disk.ts': "import type { Engine } from './node/load.ts';\nexport type E = Engine;",
    'src/engine/files.ts': "import { file } from '../models/node/file.ts';\nexport const files = file;",
    'src/engine/backends.ts':
      "import { worker } from '../kernels/index.ts';\nexport const backends = worker;",
  });
  const [core, folder] = ['no Node in a pure module', 'no pure module outside node/ imports a folder node/'];
  expect(problems.sort()).toEqual([
    `src/engine/backends.ts -> src/kernels/index.ts: ${folder}`,
    `src/engine/disk.ts -> src/engine/node/load.ts: ${folder}`,
    `src/engine/files.ts -> src/models/node/file.ts: ${folder}`,
    `src/engine/hash.ts -> crypto: ${core} outside its folder node/`,
    `src/engine/memory.ts -> os: ${core} outside its folder node/`,
  ]);
});

it('checkLayers finds a cycle', async () => {
  const problems = await problemsOf({
    'src/kv/a.ts': "import { b } from './b.ts';\nexport const a = () => b;",
    'src/kv/b.ts': "import { a } from './a.ts';\nexport const b = () => a;",
  });
  expect(problems).toContain('src/kv/a.ts -> src/kv/b.ts: no cycles');
});

it('checkLayers finds a file that was not analyzed', async () => {
  // dependency-cruiser skips node_modules without an error, like all TypeScript files if its parser cannot be loaded
  const problems = await problemsOf({ 'src/kv/node_modules/hidden.ts': 'export const hidden = 1;' });
  expect(problems).toEqual(['src/kv/node_modules/hidden.ts: was not analyzed by dependency-cruiser']);
});

it('checkLayers finds a file outside every module, an import of a test, and an import of a tool', async () => {
  const problems = await problemsOf({
    'src/stray.ts': 'export const stray = 1;',
    'src/kv/pool.test.ts': 'export const helper = 1;',
    'src/kv/more.ts':
      "import { helper } from './pool.test.ts';\nimport '../../tools/x.ts';\nexport const more = helper;",
    'tools/x.ts': 'export const x = 1;',
  });
  expect(problems.sort()).toEqual([
    'src/kv/more.ts -> src/kv/pool.test.ts: no file imports a test',
    'src/kv/more.ts -> tools/x.ts: src imports no tests, tools or build results',
    'src/stray.ts: belongs to no module',
  ]);
});

it('checkLayers finds an allowed import that no file needs', async () => {
  const root = await createRepository({});
  const { problems } = await checkLayers(root, { complete: true });
  expect(problems).toContain('engine -> text: is allowed by the table, but no file needs it');
  expect(problems.every((problem) => problem.endsWith('no file needs it'))).toBe(true);
  expect(problems.join()).not.toContain('engine -> kv');
});

it('checkLayers finds an import of one protocol by another, and an import of the engine by the server', async () => {
  const problems = await problemsOf({
    'src/server/protocols/openai/form.ts': 'export const form = 1;',
    'src/server/protocols/one/one.ts': "import { form } from '../openai/form.ts';\nexport const one = form;",
    'src/server/protocols/two/two.ts': "import { one } from '../one/one.ts';\nexport const two = one;",
    'src/server/http/app.ts':
      "import type { Engine } from '../../engine/engine.ts';\nexport type App = Engine;",
  });
  expect(problems.sort()).toEqual([
    'src/server/http/app.ts -> src/engine/engine.ts: server may import base, chat, completion, service',
    'src/server/protocols/two/two.ts -> src/server/protocols/one/one.ts: a protocol imports no other protocol',
  ]);
});

it('checkLayers finds a cycle in web/src, and a forbidden import of src/kv by web/src', async () => {
  const problems = await problemsOf({
    'web/src/a.ts': "import { b } from './b.ts';\nimport '../../src/kv/pool.ts';\nexport const a = () => b;",
    'web/src/b.ts':
      "import type { a } from './a.ts';\nexport const b = (): typeof a | undefined => undefined;",
  });
  expect(problems).toContain('web/src/a.ts -> web/src/b.ts: no cycles');
  expect(problems).toContain('web/src/a.ts -> src/kv/pool.ts: the page may import completion and base only');
});
