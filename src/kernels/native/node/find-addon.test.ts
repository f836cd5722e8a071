import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolderForEachTest } from '../../../../tests/support/temporary-folder.ts';
import { type FoundKernels, searchKernels, unavailableReason } from './find-addon.ts';

const VERSION = '1.2.3';
const PLATFORM = `@quire-llm/${process.platform}-${process.arch}`;
const folder = temporaryFolderForEachTest('find-addon');

// A module with all functions of the interface, whose instruction sets tell which file was loaded.
const kernelsOf = (name: string): string =>
  `module.exports = new Proxy({}, { get: (_, key) => key === 'instructionSets' ? () => ['${name}'] : () => {} });`;

beforeEach(() => {
  vi.stubEnv('QUIRE_NATIVE', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const find = (): FoundKernels => searchKernels(pathToFileURL(`${folder()}/`), VERSION);

async function createCheckout(built?: string): Promise<void> {
  await mkdir(join(folder(), 'native/src'), { recursive: true });
  await mkdir(join(folder(), 'native/build'));
  if (built !== undefined) await writeFile(join(folder(), 'native/build/quire.node'), built);
}

async function installPackage(name: string, { version = VERSION, sha256 = '' } = {}): Promise<string> {
  const target = join(folder(), 'node_modules', name);
  await mkdir(target, { recursive: true });
  const content = kernelsOf(name);
  const digest = createHash('sha256').update(content).digest('hex');
  const kernels = { file: 'quire.cjs', sha256: sha256 || digest };
  await writeFile(join(target, 'package.json'), JSON.stringify({ name, version, kernels }));
  await writeFile(join(target, 'quire.cjs'), content);
  return join(target, 'quire.cjs');
}

const platformName = (library: 'gnu' | 'musl'): string =>
  process.platform === 'linux' ? `${PLATFORM}-${library}` : PLATFORM;

describe('QUIRE_NATIVE', () => {
  it('may be relative to the current folder', async () => {
    const path = join(folder(), 'kernels.cjs');
    await writeFile(path, kernelsOf('named'));
    vi.stubEnv('QUIRE_NATIVE', relative(process.cwd(), path));
    expect(find().file).toEqual({ origin: 'QUIRE_NATIVE', path });
  });

  it.each([
    ['another file', 'other.json', '{ "name": "x" }'],
    ['kernels that lack functions of this version', 'old.cjs', 'exports.instructionSets = () => ["plain"];'],
  ])('reports %s', async (_, name, content) => {
    const path = join(folder(), name);
    await writeFile(path, content);
    vi.stubEnv('QUIRE_NATIVE', path);
    const reason = `${path} does not contain the kernels of this version`;
    expect(find()).toEqual({ problems: [{ origin: 'QUIRE_NATIVE', reason, isBroken: true }] });
  });

  it('reports that the file does not exist, and then no other kernels are used', async () => {
    await installPackage(platformName('gnu'));
    const path = join(folder(), 'none.node');
    vi.stubEnv('QUIRE_NATIVE', path);
    expect(unavailableReason(find())).toBe(`the kernels are not compiled (no ${path})`);
  });
});

describe('without QUIRE_NATIVE', () => {
  it('uses the package for this platform in an installed package', async () => {
    const path = await installPackage(platformName('gnu'));
    const { addon, file, problems } = find();
    expect({ sets: addon?.instructionSets(), file, problems }).toEqual({
      sets: [platformName('gnu')],
      file: { origin: platformName('gnu'), path },
      problems: [],
    });
  });

  it('uses the only installed package if it is the one for the other C library', async () => {
    await installPackage(platformName('musl'));
    expect(find().file?.origin).toBe(platformName('musl'));
  });

  it('names the package that is not installed', () => {
    expect(unavailableReason(find())).toBe(`the package ${platformName('gnu')} is not installed`);
  });

  it('uses the package in a checkout without a local build', async () => {
    await createCheckout();
    await installPackage(platformName('gnu'));
    const { file, problems } = find();
    expect(file?.origin).toBe(platformName('gnu'));
    expect(problems).toEqual([expect.objectContaining({ origin: 'local build', isBroken: false })]);
  });

  it('uses the package if the local build is broken', async () => {
    await createCheckout('not a library');
    await installPackage(platformName('gnu'));
    const { file, problems } = find();
    expect(file?.origin).toBe(platformName('gnu'));
    expect(problems).toEqual([
      { origin: 'local build', reason: expect.stringMatching(/quire\.node/), isBroken: true },
    ]);
  });

  it.each([
    ['of another version', { version: '1.2.2' }, `has version 1.2.2 instead of ${VERSION}`],
    ['whose file was shortened or changed', { sha256: '0'.repeat(64) }, 'is not the file of its package'],
  ])('reports a package %s', async (_, changes, reason) => {
    await installPackage(platformName('gnu'), changes);
    expect(find().problems).toEqual([
      { origin: platformName('gnu'), reason: expect.stringContaining(reason), isBroken: true },
    ]);
  });

  it('reports a package with an unreadable manifest, and one without its file', async () => {
    const path = await installPackage(platformName('gnu'));
    await rm(path);
    expect(unavailableReason(find())).toMatch(/ENOENT.*quire\.cjs/);
    await writeFile(join(dirname(path), 'package.json'), '{');
    expect(unavailableReason(find())).toMatch(/JSON/);
  });
});
