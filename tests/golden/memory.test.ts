// Checks that a process holds only one copy of a loaded model: its peak memory is at most the file size, the KV memory and
// 250 MB. With QUIRE_FULL=1 the model has 500 MB, otherwise 120 MB.

import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../support/fixtures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MEGABYTE = 1e6;
const KV_BYTES = 80 * 2 ** 20;

const folder = temporaryFolder('memory');

const runNode = (args: readonly string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: 240_000 });

// Loads a model, generates a token and prints the peak resident memory in kB.
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { loadEngine } from './dist/index.js';
const engine = await loadEngine({ model: process.argv[1], context: 1024, kvMemory: ${KV_BYTES} });
await engine.generate({ tokens: [5, 6], maxTokens: 1, temperature: 0 }).result;
await engine.dispose();
console.log(/VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
`;

const [SHAPE, MIN_MEGABYTES] = process.env.QUIRE_FULL ? ['Qwen2.5-0.5B', 500] : ['GPT-2-124M', 120];

it.runIf(process.platform === 'linux')(
  'the peak memory of a process is at most the size of the model file, the KV memory and 250 MB',
  async () => {
    const model = join(folder, 'model.gguf');
    await runNode(['bin/quire.js', 'synth', '--like', SHAPE!, '--quant', 'Q8_0', '--out', model]);
    const { size } = await stat(model);
    expect(size).toBeGreaterThan(Number(MIN_MEGABYTES) * MEGABYTE);
    const { stdout } = await runNode(['--input-type=module', '--eval', PROGRAM, model]);
    const peak = Number(stdout) * 1024;
    console.log(`file ${(size / MEGABYTE).toFixed(0)} MB, peak ${(peak / MEGABYTE).toFixed(0)} MB`);
    expect(peak).toBeLessThan(size + KV_BYTES + 250 * MEGABYTE);
  },
  300_000,
);
