// Checks that an engine with more threads than the system allows is rejected, and that the threads that were started then end.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../support/fixtures.ts';
import { describeWith, needsNative } from '../support/needs.ts';

// Loads engines with the numbers of threads in the arguments. Prints the results, the threads of the process after the first engine and at
// the end, and the size of the address space in kB.
const PROGRAM = `
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { loadEngine } from './dist/index.js';
import { native } from './dist/kernels/index.js';
const load = async (threads) => {
  try {
    const engine = await loadEngine({ context: 64, kvMemory: 2 ** 20, backend: native({ threads }) });
    const { text } = await engine.generate({ prompt: 'Hello', maxTokens: 2, temperature: 0 }).result;
    await engine.dispose();
    return typeof text;
  } catch ({ code, message, hint }) {
    return [code, message, hint].join('; ');
  }
};
const countThreads = () => readdirSync('/proc/self/task').length;
const before = countThreads();
const results = [];
for (const threads of process.argv.slice(1)) results.push(await load(Number(threads)));
for (let i = 0; i < 100 && countThreads() > before + 16; i++) await setTimeout(100);
const kilobytes = Number(/VmSize:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
console.log(JSON.stringify({ results, addedThreads: countThreads() - before, kilobytes }));
`;

interface Report {
  readonly results: readonly string[];
  readonly addedThreads: number;
  readonly kilobytes: number;
}

async function run(threads: readonly number[], kilobytes?: number): Promise<Report> {
  const limit = kilobytes === undefined ? '' : `ulimit -s 8192; ulimit -v ${kilobytes};`;
  const node = [process.execPath, '--input-type=module', '--eval', PROGRAM, ...threads.map(String)];
  const args = ['-c', `${limit} exec "$0" "$@"`, ...node];
  const { stdout } = await promisify(execFile)('sh', args, { cwd: ROOT, timeout: 60_000 });
  return JSON.parse(stdout) as Report;
}

describeWith(needsNative(), 'the native backend', () => {
  it.runIf(process.platform === 'linux')(
    'rejects more threads than the system allows, ends those that were started, and then works with fewer',
    async () => {
      const { kilobytes } = await run([2]);
      // The stacks of 256 threads need 2 GiB.
      const { results, addedThreads } = await run([256, 256, 2], kilobytes + 800_000);
      const rejection = expect.stringMatching(
        /^backend_failed; could not start 256 threads: .*; lower threads/,
      );
      expect(results).toEqual([rejection, rejection, 'string']);
      expect(addedThreads).toBeLessThanOrEqual(16);
    },
    120_000,
  );
});
