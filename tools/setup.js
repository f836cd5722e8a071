// @ts-check
// Prepares a checkout: installs packages, compiles src/ to dist/, compiles the kernels and builds the page; with `--wasm`, also
// compiles the WebAssembly kernels. Needs only Node, takes milliseconds if everything is up to date, and writes to standard error
// only. Each stage builds its output in a separate folder, renames the folder and then writes a stamp, so that an interrupted stage
// has no stamp and is repeated.

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
import { nodeVersionError } from '../bin/node-version.js';
import { runQuietly } from './setup/child.js';
import { contentFingerprint, listFiles, quickFingerprint } from './setup/fingerprint.js';
import { withLock } from './setup/lock.js';
import { buildNative, canBuildNativeNow } from './setup/native.js';
import { buildWasm } from './setup/wasm.js';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const STATE = join(ROOT, '.cache', 'setup');

/**
 * @typedef {object} Stage
 * @property {string} name also the name of its stamp file
 * @property {string} progressText shown to the user while the stage runs
 * @property {readonly string[]} inputs files and folders that the output depends on
 * @property {string} output file or folder that the stage creates
 * @property {() => boolean} [isDone] slower check whether another tool has already created the output
 * @property {() => boolean} [isOutdated] whether to repeat the stage for a reason other than changed inputs
 * @property {(log: (text: string) => void) => Promise<void>} run
 *
 * @typedef {{ quick: string, content: string }} Stamp
 * @typedef {{ log?: (text: string) => void, wasm?: boolean }} SetUpOptions `wasm`: also compile the WebAssembly kernels
 */

/** @type {readonly Stage[]} */
const STAGES = [
  {
    name: 'install',
    progressText: 'Installing packages',
    inputs: ['package-lock.json'],
    output: 'node_modules/.package-lock.json',
    isDone: installedAsLocked,
    run: installPackages,
  },
  {
    name: 'dist',
    progressText: 'Compiling TypeScript',
    inputs: [
      'src',
      'tsconfig.json',
      'tsconfig.build.json',
      'tools/setup/bundle.js',
      'tools/setup/bundled-packages.js',
      'package-lock.json',
    ],
    output: 'dist',
    run: () => buildAndReplace('dist', compile),
  },
  {
    name: 'native',
    progressText: 'Compiling the native kernels',
    // not package-lock.json: of all packages, only the headers of the Node API affect the native build
    inputs: ['native/src', 'tools/setup/native.js', 'node_modules/node-api-headers/package.json'],
    output: 'native/build',
    isOutdated: canBuildNativeNow,
    run: (log) => buildAndReplace('native/build', (target) => buildNative(target, log)),
  },
  {
    name: 'web',
    progressText: 'Building the web page',
    inputs: ['web', 'src/completion', 'package-lock.json'],
    output: 'web/dist',
    run: () => buildAndReplace('web/dist', buildPage),
  },
];

/**
 * Tests and packages need this stage. It fetches a compiler, so it is not one of those that every command needs.
 * @type {Stage}
 */
const WASM_STAGE = {
  name: 'wasm',
  progressText: 'Compiling the WebAssembly kernels',
  inputs: [
    'native/src',
    ...['native', 'wasm', 'zig', 'fetch-package'].map((name) => `tools/setup/${name}.js`),
  ],
  output: 'native/wasm',
  run: () => buildAndReplace('native/wasm', (target) => buildWasm(target, join(ROOT, '.cache/packages'))),
};

/**
 * Brings the checkout up to date. Rejects if a stage fails. Does nothing in an installed package, which has no src/.
 * @param {SetUpOptions} [options]
 */
export async function setUp({ log = (text) => process.stderr.write(text), wasm = false } = {}) {
  const tooOldMessage = nodeVersionError();
  if (tooOldMessage) throw new Error(tooOldMessage);
  const stages = wasm ? [...STAGES, WASM_STAGE] : STAGES;
  if (!existsSync(join(ROOT, 'src')) || !stages.some(isStale)) return;
  const onWait = (/** @type {number} */ owner) =>
    log(`Waiting for process ${owner}, which is preparing this checkout\n`);
  await withLock(join(STATE, 'lock'), { onWait }, async () => {
    for (const stage of stages) if (isStale(stage)) await runStage(stage, log);
  });
}

/**
 * Brings the checkout up to date and prints errors instead of throwing them.
 * @param {SetUpOptions} [options]
 * @returns {Promise<boolean>} whether every stage succeeded
 */
export async function setUpAndReportErrors(options) {
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
async function runStage(stage, log) {
  const started = performance.now();
  const files = listFiles(ROOT, stage.inputs);
  const stamp = { quick: quickFingerprint(ROOT, files), content: contentFingerprint(ROOT, files) };
  rmSync(stampPath(stage), { force: true });
  log(`${stage.progressText} ... `);
  try {
    await stage.run(log);
  } catch (error) {
    log('failed\n');
    throw new Error(`${messageOf(error)}\n${stage.progressText} failed: see the messages above`, {
      cause: error,
    });
  }
  writeStamp(stage, stamp);
  log(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

/** @param {Stage} stage */
function isStale(stage) {
  const files = listFiles(ROOT, stage.inputs);
  const outputExists = existsSync(join(ROOT, stage.output));
  if (!outputExists || stage.isOutdated?.()) return true;
  const stamp = readStamp(stage);
  const quick = quickFingerprint(ROOT, files);
  if (stamp?.quick === quick) return false;
  const content = contentFingerprint(ROOT, files);
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
  const temporary = `${stampPath(stage)}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(stamp));
  renameSync(temporary, stampPath(stage));
}

// npm writes node_modules/.package-lock.json last. If this list equals package-lock.json except for optional packages, an
// earlier `npm install` was complete and need not be repeated.
function installedAsLocked() {
  const { packages: locked } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const installedLockfile = JSON.parse(readFileSync(join(ROOT, 'node_modules/.package-lock.json'), 'utf8'));
  const installed = installedLockfile.packages ?? {};
  const isSame = (/** @type {string} */ path) =>
    JSON.stringify(installed[path]) === JSON.stringify(locked[path]);
  return (
    Object.keys(installed).every(isSame) &&
    Object.keys(locked).every((path) => path === '' || locked[path].optional || isSame(path))
  );
}

async function installPackages() {
  rmSync(join(ROOT, 'node_modules/.package-lock.json'), { force: true });
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'];
  const npm = npmScript();
  if (npm) await runQuietly(process.execPath, [npm, ...args], { cwd: ROOT });
  else await runQuietly('npm', args, { cwd: ROOT, shell: process.platform === 'win32' });
}

// Returns the path of npm-cli.js: of the npm that started this process, or of the npm installed with this Node.
function npmScript() {
  const nodeFolder = dirname(realpathSync(process.execPath));
  const candidates = [
    process.env.npm_execpath ?? '',
    join(nodeFolder, '../lib/node_modules/npm/bin/npm-cli.js'),
    join(nodeFolder, 'node_modules/npm/bin/npm-cli.js'),
  ];
  return candidates.find((path) => path.endsWith('npm-cli.js') && existsSync(path));
}

/** @param {string} target */
async function compile(target) {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  await runQuietly(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', target], { cwd: ROOT });
  await runQuietly(process.execPath, [join(ROOT, 'tools/setup/bundle.js'), target], { cwd: ROOT });
}

/** @param {string} target */
function buildPage(target) {
  const web = join(ROOT, 'web');
  const vite = [join(web, 'node_modules'), join(ROOT, 'node_modules')]
    .map((folder) => join(folder, 'vite/bin/vite.js'))
    .find(existsSync);
  if (!vite) throw new Error('vite is not installed. Remove node_modules and try again');
  const args = [vite, 'build', '--outDir', target, '--emptyOutDir', '--logLevel', 'warn'];
  // If NODE_ENV were that of a test runner, the page would contain the development build of React.
  return runQuietly(process.execPath, args, { cwd: web, env: { NODE_ENV: 'production' } });
}

/**
 * Builds into a new folder, which replaces `output` once it is complete.
 * @param {string} output relative to the root
 * @param {(target: string) => Promise<void>} build
 */
async function buildAndReplace(output, build) {
  const name = output.replaceAll('/', '-');
  const fresh = join(STATE, `${name}-new`);
  const old = join(STATE, `${name}-old`);
  for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  await build(fresh);
  if (existsSync(join(ROOT, output))) renameSync(join(ROOT, output), old);
  // Projects may depend on the files of npm run build:packages in dist/packages.
  const packages = join(old, 'packages');
  if (existsSync(packages)) renameSync(packages, join(fresh, 'packages'));
  renameSync(fresh, join(ROOT, output));
  rmSync(old, { recursive: true, force: true });
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  if (!(await setUpAndReportErrors({ wasm: process.argv.includes('--wasm') }))) process.exitCode = 1;
}
