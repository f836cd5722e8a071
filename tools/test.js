// @ts-check
// `npm test`: prepares the checkout, checks types, lint rules, promises, layers, unused code and line counts concurrently,
// then runs all tests and prints a summary as the last line. `--full` also runs the long tests (QUIRE_FULL=1). Other
// arguments are passed to Vitest as filters.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LINTER, LINTER_ARGS } from './promises.js';
import { runQuietly } from './setup/child.js';
import { setUpAndReportErrors } from './setup.js';
import { Tally } from './test/tally.js';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const REPORT = join(ROOT, '.cache', 'test', `report-${process.pid}.json`);

/**
 * @typedef {{ name: string, run: () => Promise<string[]> }} Check `run` returns the problems that the check found
 */

/** @type {readonly Check[]} */
const CHECKS = [
  {
    name: 'types',
    run: async () => {
      const projects = ['tsconfig.json', 'tsconfig.pure.json', 'web/tsconfig.json'];
      return (await Promise.all(projects.map(tsc))).flat();
    },
  },
  {
    name: 'lint',
    run: () => runScriptQuietly('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']),
  },
  { name: 'promises', run: () => runScriptQuietly(LINTER, LINTER_ARGS) },
  {
    name: 'layers',
    run: async () => (await (await import('./layers.js')).checkLayers(ROOT, { complete: true })).problems,
  },
  {
    name: 'unused',
    run: () => runScriptQuietly('knip/bin/knip.js', ['--no-progress', '--treat-config-hints-as-errors']),
  },
  { name: 'lines', run: async () => (await import('./lines.js')).filesOverLineLimit(ROOT) },
];

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit code
 */
async function runAll(args) {
  const tally = new Tally();
  if (args.includes('--full')) process.env.QUIRE_FULL = '1';
  if (await setUpAndReportErrors({ wasm: true })) {
    for (const passed of await Promise.all(CHECKS.map(runCheck))) tally.count(passed);
    await runVitest(
      args.filter((arg) => arg !== '--full'),
      tally,
    );
  } else {
    tally.count(false);
  }
  for (const name of tally.skipped) console.log(`skipped: ${name}`);
  console.log(tally.line);
  return tally.failed === 0 ? 0 : 1;
}

/**
 * Runs a check and prints its problems.
 * @param {Check} check
 * @returns {Promise<boolean>} whether the check found no problem
 */
async function runCheck({ name, run }) {
  const started = performance.now();
  const problems = await run().catch((error) => [String(error)]);
  for (const problem of problems) console.log(problem);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  return problems.length === 0;
}

/**
 * @param {readonly string[]} filters
 * @param {Tally} tally
 */
async function runVitest(filters, tally) {
  mkdirSync(dirname(REPORT), { recursive: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
  const problems = await runScript('vitest/vitest.mjs', ['run', ...reporters, ...filters]);
  const report = existsSync(REPORT) ? JSON.parse(readFileSync(REPORT, 'utf8')) : undefined;
  rmSync(REPORT, { force: true });
  if (!report) console.log('vitest ended without a report');
  tally.countReport(report, problems.length === 0);
}

/** @param {string} project */
function tsc(project) {
  return runScriptQuietly('typescript/bin/tsc', ['--noEmit', '--pretty', 'false', '-p', project]);
}

/**
 * Runs a script of a package. Other scripts may run at the same time, so the output is captured.
 * @param {string} path under node_modules/
 * @param {readonly string[]} args
 * @returns {Promise<string[]>} the output if the exit code is not 0, otherwise nothing
 */
async function runScriptQuietly(path, args) {
  try {
    await runQuietly(process.execPath, [join(ROOT, 'node_modules', path), ...args], { cwd: ROOT });
    return [];
  } catch (error) {
    return [`${path}: ${error instanceof Error ? error.message : error}`];
  }
}

/**
 * Runs a script of a package and passes its output through.
 * @param {string} path under node_modules/
 * @param {readonly string[]} args
 * @returns {Promise<string[]>} one line if the exit code is not 0, otherwise nothing
 */
function runScript(path, args) {
  return new Promise((resolve) => {
    const command = [join(ROOT, 'node_modules', path), ...args];
    const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1' };
    const child = spawn(process.execPath, command, {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', (error) => resolve([error.message]));
    child.on('close', (code, signal) => resolve(code === 0 ? [] : [`${path} ended with ${signal ?? code}`]));
  });
}

process.exitCode = await runAll(process.argv.slice(2));
