// Proves that the layer check bites: a small house with one fault each, and one without.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { checkLayers } from '../../tools/layers.js';

const SOUND: Readonly<Record<string, string>> = {
  'src/base/ids.ts': 'export const first = 0;',
  'src/kv/pool.ts': "import { first } from '../base/ids.ts';\nexport const pool = first;",
  'src/formats/node/file.ts': "import 'node:fs';\nexport const file = 1;",
  'src/engine/engine.ts':
    "import { pool } from '../kv/pool.ts';\nimport 'node:os';\nexport interface Engine { pool: typeof pool }",
  'src/index.ts': "export type { Engine } from './engine/engine.ts';",
};

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function problemsOf(changes: Readonly<Record<string, string>>): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'quire-layers-'));
  folders.push(root);
  for (const [path, text] of Object.entries({ ...SOUND, ...changes })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return (await checkLayers(root)).problems;
}

it('accepts a sound house', async () => {
  expect(await problemsOf({})).toEqual([]);
});

it('catches an upward import, of a type too', async () => {
  const problems = await problemsOf({
    'src/kv/up.ts': "import type { Engine } from '../engine/engine.ts';\nexport type E = Engine;",
  });
  expect(problems).toEqual(['src/kv/up.ts -> src/engine/engine.ts: kv may import base, completion']);
});

it('catches a sideways import', async () => {
  const problems = await problemsOf({ 'src/text/side.ts': "export { pool } from '../kv/pool.ts';" });
  expect(problems).toEqual(['src/text/side.ts -> src/kv/pool.ts: text may import base, completion']);
});

it('catches Node in a pure room, and in its tests not', async () => {
  const problems = await problemsOf({
    'src/kv/clock.ts': "import 'node:perf_hooks';",
    'src/kv/clock.test.ts': "import 'node:fs';",
    'src/kernels/reference/step.ts': "export const load = () => import('node:fs/promises');",
    'src/kernels/reference/node/worker.ts': "import 'node:worker_threads';",
    'src/text/open.ts': "import { file } from './node/file.ts';\nexport const open = file;",
    'src/text/node/file.ts': "import 'node:fs';\nexport const file = 1;",
  });
  expect(problems.map((problem) => problem.split(' -> ')[0]).sort()).toEqual([
    'src/kernels/reference/step.ts',
    'src/kv/clock.ts',
    'src/text/open.ts',
  ]);
});

it('catches a cycle', async () => {
  const problems = await problemsOf({
    'src/kv/a.ts': "import { b } from './b.ts';\nexport const a = () => b;",
    'src/kv/b.ts': "import { a } from './a.ts';\nexport const b = () => a;",
  });
  expect(problems).toContain('src/kv/a.ts -> src/kv/b.ts: no cycles');
});

it('catches a file that was not seen', async () => {
  // dependency-cruiser never looks into node_modules, as it would not where a parser failed to load
  const problems = await problemsOf({ 'src/kv/node_modules/hidden.ts': 'export const hidden = 1;' });
  expect(problems).toEqual(['src/kv/node_modules/hidden.ts: was not seen by dependency-cruiser']);
});

it('catches a file outside every room, an import of a test, and one of the tools', async () => {
  const problems = await problemsOf({
    'src/stray.ts': 'export const stray = 1;',
    'src/kv/pool.test.ts': 'export const helper = 1;',
    'src/kv/more.ts':
      "import { helper } from './pool.test.ts';\nimport '../../tools/x.ts';\nexport const more = helper;",
    'tools/x.ts': 'export const x = 1;',
  });
  expect(problems.sort()).toEqual([
    'src/kv/more.ts -> src/kv/pool.test.ts: nothing imports a test',
    'src/kv/more.ts -> tools/x.ts: src stands alone',
    'src/stray.ts: lies in no room',
  ]);
});
