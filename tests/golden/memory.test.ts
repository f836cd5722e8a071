// Loading holds a model once: the peak of a process is the file, its KV memory and 250 MB. In full with 500 MB, as
// a smaller one otherwise.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MEGABYTE = 1e6;
const KV_BYTES = 80 * 2 ** 20;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-memory-'));
});
afterAll(() => rm(folder, { recursive: true }));

const node = (args: readonly string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: 240_000 });

// /proc's own count of the most memory that was resident.
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
  'peaks at the file, its cache and 250 MB',
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
