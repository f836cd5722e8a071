// Checks without a network that each package-lock.json matches its package.json. `npm ci` rejects a lockfile that lacks
// entries; with an empty cache and no registry it can use the lockfile only. A lockfile must contain a checksum for each
// download and no URL, so that it works with any registry.

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

it('the root and bench/peers have a lockfile', () => {
  expect(lockfiles).toEqual(expect.arrayContaining(['package-lock.json', 'bench/peers/package-lock.json']));
});

describe.each(lockfiles)('%s', (path) => {
  it('has an entry for every package that package.json needs', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'quire-empty-cache-'));
    const args = ['ci', '--dry-run', '--offline', '--ignore-scripts', '--cache', cache];
    const dryRun = promisify(execFile)('npm', args, { cwd: join(ROOT, dirname(path)) });
    const problem = await dryRun.then(
      () => undefined,
      (error: { stderr: string }) => error.stderr.slice(0, 2000),
    );
    await rm(cache, { recursive: true, force: true });
    expect(problem).toBeUndefined();
  });

  it('contains a checksum for each download and no URL', async () => {
    const lock = JSON.parse(await readFile(join(ROOT, path), 'utf8')) as {
      packages: Record<string, LockedPackage>;
    };
    const downloads = Object.entries(lock.packages).filter(
      ([name, entry]) => name.includes('node_modules/') && entry.link !== true && entry.inBundle !== true,
    );
    expect(downloads.length).toBeGreaterThan(10);
    expect(downloads.filter(([, entry]) => /^https?:/.test(entry.resolved ?? ''))).toEqual([]);
    expect(downloads.filter(([, entry]) => entry.integrity === undefined).map(([name]) => name)).toEqual([]);
  });
});
