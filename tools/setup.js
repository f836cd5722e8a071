// @ts-check
// Prepares a checkout: installs packages, compiles src/ to dist/, compiles the kernels and builds the page. Needs only Node,
// takes milliseconds when everything is up to date, and writes to standard error only. An interrupted stage leaves no stamp
// and is repeated. Each result is built in a separate folder and then renamed.

import {
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tooOld } from '../bin/node-version.js';
import { runQuietly } from './setup/child.js';
import { contentPrint, listFiles, quickPrint } from './setup/fingerprint.js';
import { withLock } from './setup/lock.js';
import { buildNative, nativeMayBeBuiltNow } from './setup/native.js';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STATE = join(ROOT, '.cache', 'setup');

/**
 * @typedef {object} Stage
 * @property {string} name name of its stamp
 * @property {string} doing what the user reads while it runs
 * @property {readonly string[]} inputs files and folders that it depends on
 * @property {string} output file or folder that must exist afterwards
 * @property {() => boolean} [isDone] a slower check, for a result of another tool
 * @property {() => boolean} [isOutdated] for reasons other than changed inputs
 * @property {(log: (text: string) => void) => Promise<void>} run
 *
 * @typedef {{ quick: string, content: string }} Stamp
 * @typedef {{ log?: (text: string) => void }} SetUpOptions
 */

/** @type {readonly Stage[]} */
const STAGES = [
  {
    name: 'install',
    doing: 'Installing packages',
    inputs: ['package-lock.json'],
    output: 'node_modules/.package-lock.json',
    isDone: installedAsLocked,
    run: installPackages,
  },
  {
    name: 'dist',
    doing: 'Compiling TypeScript',
    inputs: ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'],
    output: 'dist',
    run: () => buildAside('dist', compile),
  },
  {
    name: 'native',
    doing: 'Compiling the native kernels',
    // of all packages only the headers, so that other changes of the lockfile do not recompile
    inputs: ['native/src', 'tools/setup/native.js', 'node_modules/node-api-headers/package.json'],
    output: 'native/build',
    isOutdated: nativeMayBeBuiltNow,
    run: (log) => buildAside('native/build', (target) => buildNative(target, log)),
  },
  {
    name: 'web',
    doing: 'Building the web page',
    inputs: ['web', 'src/completion', 'package-lock.json'],
    output: 'web/dist',
    run: () => buildAside('web/dist', buildPage),
  },
];

/**
 * Brings the checkout up to date. Rejects when a stage fails. Does nothing in an installed package, which has no src/.
 * @param {SetUpOptions} [options]
 */
export async function setUp({ log = (text) => process.stderr.write(text) } = {}) {
  const complaint = tooOld();
  if (complaint) throw new Error(complaint);
  if (!existsSync(join(ROOT, 'src')) || !STAGES.some(isStale)) return;
  const onWait = (/** @type {number} */ owner) =>
    log(`Waiting for process ${owner}, which is preparing this checkout\n`);
  await withLock(join(STATE, 'lock'), { onWait }, async () => {
    for (const stage of STAGES) if (isStale(stage)) await perform(stage, log);
  });
}

/**
 * Brings the checkout up to date and prints errors instead of throwing them.
 * @param {SetUpOptions} [options]
 * @returns {Promise<boolean>} whether all is ready
 */
export async function setUpOrExplain(options) {
  try {
    await setUp(options);
    return true;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return false;
  }
}

/**
 * @param {Stage} stage
 * @param {(text: string) => void} log
 */
async function perform(stage, log) {
  const started = performance.now();
  const files = listFiles(ROOT, stage.inputs);
  const stamp = { quick: quickPrint(ROOT, files), content: contentPrint(ROOT, files) };
  rmSync(stampPath(stage), { force: true });
  log(`${stage.doing} ... `);
  try {
    await stage.run(log);
  } catch (error) {
    log('failed\n');
    throw new Error(`${messageOf(error)}\n${stage.doing} failed: see the messages above`, { cause: error });
  }
  writeStamp(stage, stamp);
  log(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

/** @param {Stage} stage */
function isStale(stage) {
  const files = listFiles(ROOT, stage.inputs);
  const made = existsSync(join(ROOT, stage.output));
  if (!made || stage.isOutdated?.()) return true;
  const stamp = readStamp(stage);
  const quick = quickPrint(ROOT, files);
  if (stamp?.quick === quick) return false;
  const content = contentPrint(ROOT, files);
  if (stamp?.content !== content && !stage.isDone?.()) return true;
  writeStamp(stage, { quick, content });
  return false;
}

/** @param {Stage} stage */
function stampPath(stage) {
  return join(STATE, `${stage.name}.json`);
}

/**
 * @param {Stage} stage
 * @returns {Stamp | undefined}
 */
function readStamp(stage) {
  try {
    return JSON.parse(readFileSync(stampPath(stage), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * @param {Stage} stage
 * @param {Stamp} stamp
 */
function writeStamp(stage, stamp) {
  mkdirSync(STATE, { recursive: true });
  const aside = `${stampPath(stage)}.${process.pid}`;
  writeFileSync(aside, JSON.stringify(stamp));
  renameSync(aside, stampPath(stage));
}

// npm writes this list last. If it equals the lockfile except for optional packages, an earlier `npm install` was complete
// and need not be repeated.
function installedAsLocked() {
  const { packages: locked } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const listing = JSON.parse(readFileSync(join(ROOT, 'node_modules/.package-lock.json'), 'utf8'));
  const installed = listing.packages ?? {};
  const same = (/** @type {string} */ path) =>
    JSON.stringify(installed[path]) === JSON.stringify(locked[path]);
  return (
    Object.keys(installed).every(same) &&
    Object.keys(locked).every((path) => path === '' || locked[path].optional || same(path))
  );
}

async function installPackages() {
  rmSync(join(ROOT, 'node_modules/.package-lock.json'), { force: true });
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];
  const npm = npmScript();
  if (npm) await runQuietly(process.execPath, [npm, ...args], { cwd: ROOT });
  else await runQuietly('npm', args, { cwd: ROOT, shell: process.platform === 'win32' });
}

// Returns the path of npm's script: the one that runs this process, or the one installed with this Node.
function npmScript() {
  const beside = dirname(realpathSync(process.execPath));
  const candidates = [
    process.env.npm_execpath ?? '',
    join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
    join(beside, 'node_modules/npm/bin/npm-cli.js'),
  ];
  return candidates.find((path) => path.endsWith('npm-cli.js') && existsSync(path));
}

/** @param {string} target */
function compile(target) {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  return runQuietly(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', target], { cwd: ROOT });
}

/** @param {string} target */
function buildPage(target) {
  const web = join(ROOT, 'web');
  const vite = [join(web, 'node_modules'), join(ROOT, 'node_modules')]
    .map((folder) => join(folder, 'vite/bin/vite.js'))
    .find(existsSync);
  if (!vite) throw new Error('vite is not installed. Remove node_modules and try again');
  const args = [vite, 'build', '--outDir', target, '--emptyOutDir', '--logLevel', 'warn'];
  // With the NODE_ENV of a test runner the page would contain React's development build.
  return runQuietly(process.execPath, args, { cwd: web, env: { NODE_ENV: 'production' } });
}

/**
 * Builds into a new folder, which replaces `output` once it is complete.
 * @param {string} output relative to the root
 * @param {(target: string) => Promise<void>} build
 */
async function buildAside(output, build) {
  const name = output.replaceAll('/', '-');
  const fresh = join(STATE, `${name}-new`);
  const old = join(STATE, `${name}-old`);
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  await build(fresh);
  if (existsSync(join(ROOT, output))) renameSync(join(ROOT, output), old);
  renameSync(fresh, join(ROOT, output));
  rmSync(old, { recursive: true, force: true });
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  if (!(await setUpOrExplain())) process.exitCode = 1;
}
