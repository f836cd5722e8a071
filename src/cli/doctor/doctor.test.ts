import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { temporaryFolderForEachTest } from '../../../tests/support/temporary-folder.ts';
import { reportText } from './command.ts';
import type { Examination } from './examination.ts';
import { examine } from './examine.ts';
import { findProblems } from './problems.ts';

const folder = temporaryFolderForEachTest('doctor');

afterEach(() => {
  vi.unstubAllEnvs();
});

const GIB = 2 ** 30;
const writable = { path: '/data', exists: true, isWritable: true, freeBytes: 9 * GIB };

const HEALTHY: Examination = {
  version: '1.0.0',
  platform: 'linux-x64',
  node: '22.0.0',
  processor: { model: 'Some processor', threads: 2 },
  kernels: {
    backend: 'native',
    origin: '@quire-llm/linux-x64-gnu',
    path: '/kernels/quire.node',
    instructionSets: ['avx2', 'plain'],
    notUsed: [],
  },
  sqlite: { library: 'libsql' },
  embeddedModel: { path: '/model.gguf' },
  memory: { totalBytes: 16 * GIB, availableBytes: 8 * GIB },
  openFiles: 1024,
  dataFolder: writable,
  kvFolder: writable,
  hub: { endpoint: 'https://hub.example', hasToken: false, offline: false, cache: writable },
};

const codes = (changes: Partial<Examination>): string[] =>
  findProblems({ ...HEALTHY, ...changes }).map(({ code }) => code);
const kernels = (changes: Partial<Examination['kernels']>): Partial<Examination> => ({
  kernels: { ...HEALTHY.kernels, ...changes },
});
const without = (origin: string, isBroken: boolean): Partial<Examination> => {
  const { origin: _, path: __, ...rest } = HEALTHY.kernels;
  const notUsed = [{ origin, reason: 'a reason', isBroken }];
  return { kernels: { ...rest, backend: 'reference', instructionSets: [], notUsed } };
};

it('finds no problem on a healthy machine', () => {
  expect(codes({})).toEqual([]);
  expect(reportText({ ...HEALTHY, problems: [] })).toMatch(/\nno problems found\n$/);
});

it.each([
  ['@quire-llm/linux-x64-gnu', false, 'slow_backend', /--include=optional/],
  ['local build', false, 'slow_backend', /compiler/],
  ['QUIRE_NATIVE', false, 'slow_backend', /unset QUIRE_NATIVE/],
  ['@quire-llm/linux-x64-gnu', true, 'broken_kernels', /remove .*node_modules\/@quire-llm\/linux-x64-gnu /],
  ['local build', true, 'broken_kernels', /npm run build/],
  ['QUIRE_NATIVE', true, 'broken_kernels', /unset QUIRE_NATIVE/],
])('explains missing and broken kernels: %s, broken: %s', (origin, isBroken, code, hint) => {
  const problems = findProblems({ ...HEALTHY, ...without(origin, isBroken) });
  expect(problems).toEqual([
    { code, message: expect.stringContaining('a reason'), hint: expect.stringMatching(hint) },
  ]);
});

it('reports a platform without kernels', () => {
  const examination = without('local build', false);
  const withoutCandidates = { ...HEALTHY, kernels: { ...examination.kernels!, notUsed: [] } };
  expect(findProblems(withoutCandidates)).toEqual([
    expect.objectContaining({ message: expect.stringContaining('no kernels for linux-x64') }),
  ]);
});

it('reports broken kernels although other kernels are used', () => {
  const notUsed = [{ origin: 'local build', reason: 'wrong ELF class', isBroken: true }];
  expect(codes(kernels({ notUsed }))).toEqual(['broken_kernels']);
  expect(codes(kernels({ notUsed: [{ ...notUsed[0]!, isBroken: false }] }))).toEqual([]);
});

it('reports a slower instruction set and one that the processor lacks', () => {
  expect(codes(kernels({ requestedSet: 'avx2' }))).toEqual([]);
  expect(codes(kernels({ requestedSet: 'plain' }))).toEqual(['slow_instruction_set']);
  expect(codes(kernels({ requestedSet: 'avx512' }))).toEqual(['unsupported_instruction_set']);
});

it('reports an embedded model that cannot be read', () => {
  expect(codes({ embeddedModel: { path: '/model.gguf', reason: 'the file is truncated' } })).toEqual([
    'broken_model',
  ]);
});

it('reports a missing SQLite, and which one is used instead of libsql', () => {
  const reason = 'no binary';
  expect(codes({ sqlite: { reason } })).toEqual(['sqlite_unavailable']);
  expect(codes({ sqlite: { library: 'node:sqlite', reason } })).toEqual([]);
  const text = reportText({ ...HEALTHY, sqlite: { library: 'node:sqlite', reason }, problems: [] });
  expect(text).toMatch(/\nSQLite +node:sqlite \(not libsql: no binary\)\n/);
});

it('reports little memory, few open files and folders that are full or not writable', () => {
  const full = { ...writable, freeBytes: GIB - 1 };
  const locked = { ...writable, isWritable: false };
  expect(codes({ memory: { totalBytes: 16 * GIB, availableBytes: GIB - 1 } })).toEqual(['little_memory']);
  expect(codes({ openFiles: 255 })).toEqual(['few_open_files']);
  expect(codes({ dataFolder: full, kvFolder: full })).toEqual(['little_disk']);
  expect(codes({ dataFolder: locked })).toEqual(['folder_not_writable']);
  expect(codes({ hub: { endpoint: '', hasToken: false, offline: true, cache: full } })).toEqual([
    'little_disk',
  ]);
});

it('examines folders that do not exist, and does not create them', async () => {
  vi.stubEnv('XDG_DATA_HOME', join(folder(), 'data'));
  const { dataFolder, hub } = await examine({ HF_HOME: join(folder(), 'hf'), HF_HUB_OFFLINE: '1' });
  expect(dataFolder).toMatchObject({ path: join(folder(), 'data/quire'), exists: false, isWritable: true });
  expect(dataFolder.freeBytes).toBeGreaterThan(0);
  expect(hub).toMatchObject({ offline: true, hasToken: false, cache: { path: join(folder(), 'hf/hub') } });
});

it('reports an invalid setting of the hub as a problem, and shows no token', async () => {
  const { problems } = await examine({ HF_ENDPOINT: 'ftp://hub.example' });
  expect(problems).toContainEqual(expect.objectContaining({ code: 'bad_option' }));
  const report = await examine({ HF_TOKEN: 'hf_secret', HF_HOME: folder() });
  expect(JSON.stringify(report) + reportText(report)).not.toContain('hf_secret');
  expect(report.hub).toMatchObject({ hasToken: true });
});
