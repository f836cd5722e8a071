// @ts-check
// Runs a TypeScript tool of this repository: `node tools/run.js FILE.ts ARGS`. The tools import the sources in src/
// directly. dist/ is also built first, because the worker threads of a backend run compiled code.

import { spawn } from 'node:child_process';
import { setUpAndReportErrors } from './setup.js';

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit code
 */
async function run(args) {
  if (args.length === 0) {
    process.stderr.write('usage: node tools/run.js FILE.ts ARGS\n');
    return 2;
  }
  if (!(await setUpAndReportErrors())) return 1;
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), ...args], {
    stdio: 'inherit',
  });
  process.on('SIGINT', () => {}); // the terminal sends Ctrl-C to the child too; this process only waits
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

process.exitCode = await run(process.argv.slice(2));
