// @ts-check
// Runs one of the repository's own tools: `node tools/run.js FILE.ts ARGS`. Tools and tests import the
// library from src/ by its .ts paths, so what they see is what stands in the sources; dist/ is made ready
// first, because the workers that a backend starts run compiled.

import { spawn } from 'node:child_process';
import { setUpOrExplain } from './setup.js';

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} exit code
 */
async function run(args) {
  if (args.length === 0) {
    process.stderr.write('usage: node tools/run.js FILE.ts ARGS\n');
    return 2;
  }
  if (!(await setUpOrExplain())) return 1;
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), ...args], {
    stdio: 'inherit',
  });
  process.on('SIGINT', () => {}); // Ctrl-C reaches the child by itself; this process only waits for it
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
