// Each lockfile matches its manifest, without the network: `npm ci` refuses a lockfile that lacks entries, and with an empty
// cache and no registry it can use only the lockfile. A lockfile contains no download address, so that it works with any
// registry, and a checksum for each download.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface LockedPackage {
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly bundled?: boolean;
  readonly inBundle?: boolean;
}

const { stdout } = await promisify(execFile)('git', ['ls-files', '*package-lock.json'], { cwd: ROOT });
const lockfiles = stdout.split('\n').filter((path) => path !== '');

it('the package and each folder that is installed separately have a lockfile', () => {
  expect(lockfiles).toEqual(expect.arrayContaining(['package-lock.json', 'bench/peers/package-lock.json']));
});

describe.each(lockfiles)('%s', (path) => {
  it('has every package that its manifest needs', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'quire-empty-cache-'));
    const args = ['ci', '--dry-run', '--offline', '--ignore-scripts', '--cache', cache];
    const run = promisify(execFile)('npm', args, { cwd: join(ROOT, dirname(path)) });
    const problem = await run.then(
      () => undefined,
      (error: { stderr: string }) => error.stderr.slice(0, 2000),
    );
    await rm(cache, { recursive: true, force: true });
    expect(problem).toBeUndefined();
  });

  it('contains no address, and a checksum for each download', async () => {
    const lock = JSON.parse(await readFile(join(ROOT, path), 'utf8')) as {
      packages: Record<string, LockedPackage>;
    };
    const downloads = Object.entries(lock.packages).filter(
      ([name, one]) => name.includes('node_modules/') && one.link !== true && one.inBundle !== true,
    );
    expect(downloads.length).toBeGreaterThan(10);
    expect(downloads.filter(([, one]) => /^https?:/.test(one.resolved ?? ''))).toEqual([]);
    expect(downloads.filter(([, one]) => one.integrity === undefined).map(([name]) => name)).toEqual([]);
  });
});
