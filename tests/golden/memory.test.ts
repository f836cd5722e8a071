// A loaded model is in memory once: the peak memory of a process is at most the file, the KV memory and 250 MB. The full run
// uses a model of 500 MB, others a smaller one.

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

const node = (args: readonly string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: 240_000 });

// Prints the peak resident memory from /proc.
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { loadEngine } from './dist/index.js';
const engine = await loadEngine({ model: process.argv[1], context: 1024, kvMemory: ${KV_BYTES} });
await engine.generate({ tokens: [5, 6], maxTokens: 1, temperature: 0 }).result;
await engine.dispose();
console.log(/VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
`;

const [SHAPE, LEAST] = process.env.QUIRE_FULL ? ['Qwen2.5-0.5B', 500] : ['GPT-2-124M', 120];

it.runIf(process.platform === 'linux')(
  'the peak memory of a process with a model is at most the file, its KV memory and 250 MB',
  async () => {
    const model = join(folder, 'model.gguf');
    await node(['bin/quire.js', 'synth', '--like', SHAPE!, '--quant', 'Q8_0', '--out', model]);
    const { size } = await stat(model);
    expect(size).toBeGreaterThan(Number(LEAST) * MEGABYTE);
    const { stdout } = await node(['--input-type=module', '--eval', PROGRAM, model]);
    const peak = Number(stdout) * 1024;
    console.log(`file ${(size / MEGABYTE).toFixed(0)} MB, peak ${(peak / MEGABYTE).toFixed(0)} MB`);
    expect(peak).toBeLessThan(size + KV_BYTES + 250 * MEGABYTE);
  },
  300_000,
);
