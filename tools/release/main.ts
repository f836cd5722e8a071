// `npm run release -- --dry-run`: checks a checkout, builds and packs the packages, installs them from a local registry in all ways
// in which users do, and uses each installation. Without `--dry-run`, it then publishes the packages with provenance, which is
// possible only in the workflow .github/workflows/release.yml.
//
//   --only NAME     builds the kernels of one platform, and uses them for the packages of all others; only with --dry-run
//   --way TEXT      only the ways to install whose names contain the text; only with --dry-run

import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { packageVersion } from '../../src/base/node/package-version.ts';
import { Packer } from '../packages/pack.ts';
import { PLATFORMS } from '../packages/platforms.ts';
import { runQuietly } from '../setup/child.js';
import { releaseProblems } from './check-release.ts';
import { LocalRegistry } from './registry.ts';
import { type Setting, WAYS } from './ways.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = join(ROOT, '.cache/packages');
const PACKAGES = join(ROOT, 'dist/packages');

const { values } = parseArgs({
  options: { 'dry-run': { type: 'boolean' }, only: { type: 'string' }, way: { type: 'string' } },
});
const { 'dry-run': isDry = false, only, way = '' } = values;
const version = packageVersion();
const otherVersion = `${version}-other`;

/** Runs a step and prints its name, whether it succeeded, and its time. */
async function step(name: string, work: () => Promise<void>): Promise<boolean> {
  const started = performance.now();
  process.stderr.write(`${name} ... `);
  const error = await work().then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(error === undefined ? `ok (${seconds} s)\n` : `FAILED (${seconds} s)\n${error}\n`);
  return error === undefined;
}

async function build(): Promise<void> {
  const options = only === undefined ? ['--release'] : ['--only', only];
  await runQuietly('npm', ['run', 'build:packages', '--', ...options], { cwd: ROOT });
}

const tarballs = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.tgz')).map((name) => join(folder, name));

// Packages that the ways to install need in addition: another version, and with --only those of the other platforms, which package
// managers look up even if they do not install them.
async function packForTests(folder: string): Promise<void> {
  const addon = join(ROOT, 'native/build/quire.node');
  const other = new Packer(ROOT, join(folder, 'staging'), folder, otherVersion);
  for (const platform of PLATFORMS) await other.packPlatform(platform, addon);
  await other.packMain();
  if (only === undefined) return;
  const same = new Packer(ROOT, join(folder, 'staging'), folder);
  for (const platform of PLATFORMS) if (platform.name !== only) await same.packPlatform(platform, addon);
}

async function useInstallations(folder: string): Promise<boolean> {
  const registry = await LocalRegistry.start(join(folder, 'registry'), CACHE);
  try {
    const extra = join(folder, 'packages');
    const published = await step('packages in the local registry', async () => {
      await packForTests(extra);
      // The tag `latest` is that of the last one.
      for (const tarball of [...(await tarballs(extra)), ...(await tarballs(PACKAGES))])
        await registry.publish(tarball);
    });
    if (!published) return false;
    const setting: Setting = { folder, cache: CACHE, env: registry.env, versions: [version, otherVersion] };
    let allWork = true;
    for (const { name, run } of WAYS.filter(({ name: shown }) => shown.includes(way)))
      allWork = (await step(name, () => run(setting))) && allWork;
    return allWork;
  } finally {
    await registry.stop();
  }
}

async function publish(): Promise<void> {
  // `quire-llm` is last, so that its optional dependencies exist when users can install it.
  const files = (await tarballs(PACKAGES)).sort(
    (a, b) => Number(/\/quire-llm-\d/.test(a)) - Number(/\/quire-llm-\d/.test(b)),
  );
  for (const file of files)
    await runQuietly('npm', ['publish', file, '--provenance', '--access', 'public'], { cwd: ROOT });
}

/** @returns whether the release succeeded, or would succeed */
async function release(): Promise<boolean> {
  if (!isDry && process.env.GITHUB_ACTIONS !== 'true')
    throw new Error('only the workflow can publish with provenance; use --dry-run here');
  if (!isDry && (only !== undefined || way !== '')) throw new Error('--only and --way need --dry-run');
  const problems = await releaseProblems(ROOT);
  for (const problem of problems)
    process.stderr.write(`${isDry ? 'a release would be rejected: ' : ''}${problem}\n`);
  if (problems.length > 0 && !isDry) return false;
  if (!(await step('build', build))) return false;
  const folder = await mkdtemp(join(tmpdir(), 'quire-release-'));
  await chmod(folder, 0o755); // another user runs an installation that is read-only
  try {
    if (!(await useInstallations(folder))) return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return isDry || step('publish', publish);
}

release().then(
  (succeeded) => {
    process.exitCode = succeeded ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
