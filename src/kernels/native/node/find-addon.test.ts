import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolderForEachTest } from '../../../../tests/support/temporary-folder.ts';
import type { FoundKernels } from './find-addon.ts';

const VERSION = '1.2.3';
const PLATFORM = `@quire-llm/${process.platform}-${process.arch}`;
const folder = temporaryFolderForEachTest('find-addon');

// A module with all functions of the interface, whose instruction sets tell which file was loaded.
const kernelsOf = (name: string): string =>
  `module.exports = new Proxy({}, { get: (_, key) => key === 'instructionSets' ? () => ['${name}'] : () => {} });`;

let warnings: string[];

beforeEach(async () => {
  vi.resetModules();
  vi.stubEnv('QUIRE_NATIVE', '');
  warnings = [];
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => {
    warnings.push(String(warning));
  });
  await writeFile(join(folder(), 'package.json'), JSON.stringify({ name: 'quire-llm', version: VERSION }));
  vi.doMock('../../../base/node/package-root.ts', () => ({ PACKAGE_ROOT: pathToFileURL(`${folder()}/`) }));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  vi.doUnmock('../../../base/node/package-root.ts');
  vi.resetModules(); // other test files of this process must not use modules that imported the mock
});

const find = async (): Promise<FoundKernels> => (await import('./find-addon.ts')).findKernels();
const unavailable = async (): Promise<string | undefined> =>
  (await import('./native-backend.ts')).nativeUnavailable();

async function createCheckout(content?: string): Promise<string> {
  await mkdir(join(folder(), 'native/src'), { recursive: true });
  await mkdir(join(folder(), 'native/build'));
  const path = join(folder(), 'native/build/quire.node');
  if (content !== undefined) await writeFile(path, content);
  return path;
}

async function installPackage(name: string, { version = VERSION, bytes = 0 } = {}): Promise<string> {
  const target = join(folder(), 'node_modules', name);
  await mkdir(target, { recursive: true });
  const content = kernelsOf(name);
  const kernels = { file: 'quire.cjs', bytes: bytes || content.length };
  await writeFile(join(target, 'package.json'), JSON.stringify({ name, version, kernels }));
  await writeFile(join(target, 'quire.cjs'), content);
  return join(target, 'quire.cjs');
}

const platformName = (library: 'gnu' | 'musl'): string =>
  process.platform === 'linux' ? `${PLATFORM}-${library}` : PLATFORM;

describe('QUIRE_NATIVE', () => {
  it.each([
    ['another file', 'other.json', '{ "name": "x" }'],
    ['kernels that lack functions of this version', 'old.cjs', 'exports.instructionSets = () => ["plain"];'],
  ])('reports and warns of %s', async (_, name, content) => {
    const path = join(folder(), name);
    await writeFile(path, content);
    vi.stubEnv('QUIRE_NATIVE', path);
    const reason = `${path} does not contain the kernels of this version`;
    expect(await find()).toEqual({ problems: [{ origin: 'QUIRE_NATIVE', reason, isBroken: true }] });
    expect(warnings).toEqual([`the kernels of QUIRE_NATIVE cannot be used: ${reason}`]);
  });

  it('reports that the file does not exist, and then no other kernels are used', async () => {
    await installPackage(platformName('gnu'));
    const path = join(folder(), 'none.node');
    vi.stubEnv('QUIRE_NATIVE', path);
    expect(await unavailable()).toBe(`the kernels are not compiled (no ${path})`);
  });
});

describe('without QUIRE_NATIVE', () => {
  it('uses the package for this platform in an installed package', async () => {
    const path = await installPackage(platformName('gnu'));
    const { addon, file, problems } = await find();
    expect({ sets: addon?.instructionSets(), file, problems }).toEqual({
      sets: [platformName('gnu')],
      file: { origin: platformName('gnu'), path },
      problems: [],
    });
    expect(warnings).toEqual([]);
  });

  it('uses the only installed package if it is the one for the other C library', async () => {
    await installPackage(platformName('musl'));
    expect((await find()).file?.origin).toBe(platformName('musl'));
  });

  it('names the package that is not installed', async () => {
    expect(await unavailable()).toBe(`the package ${platformName('gnu')} is not installed`);
    expect(warnings).toEqual([]);
  });

  it('prefers the local build in a checkout, and uses the package if there is none', async () => {
    await createCheckout();
    await installPackage(platformName('gnu'));
    expect((await find()).file?.origin).toBe(platformName('gnu'));
    vi.resetModules();
    vi.stubEnv('QUIRE_NATIVE', '');
    const path = join(folder(), 'native/build/quire.node');
    await writeFile(path, 'not a library');
    const { file, problems } = await find();
    expect(file?.origin).toBe(platformName('gnu'));
    expect(problems).toEqual([expect.objectContaining({ origin: 'local build', isBroken: true })]);
    expect(warnings).toEqual([
      expect.stringMatching(/^the kernels of local build cannot be used: .*quire\.node/),
    ]);
  });

  it('reports and warns of a package of another version, a shortened file and a package without its file', async () => {
    const name = platformName('gnu');
    await installPackage(name, { version: '1.2.2' });
    expect(await unavailable()).toBe(`${name} has version 1.2.2 instead of ${VERSION}`);

    vi.resetModules();
    const path = await installPackage(name, { bytes: 200_000 });
    expect(await unavailable()).toMatch(/quire.cjs has \d+ bytes instead of 200000$/);

    vi.resetModules();
    await truncate(path, 0);
    await writeFile(join(folder(), 'node_modules', name, 'package.json'), '{');
    expect(await unavailable()).toMatch(/JSON/);
    expect(warnings).toHaveLength(3);
  });
});
