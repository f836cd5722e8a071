// What the parts of the comparison share: a Node process of its own for each run, and how a run is described.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const run = promisify(execFile);
export const node = async (args: readonly string[]): Promise<string> =>
  (await run(process.execPath, [...args], { cwd: ROOT, maxBuffer: 1 << 26 })).stdout;

export const lastLine = (text: string): string => text.trim().split('\n').at(-1)!;

export interface Setting {
  readonly promptTokens: number;
  readonly generateTokens: number;
  readonly concurrency: number;
  readonly threads: number;
  readonly repetitions: number;
}

export interface Bar {
  readonly model: string;
  readonly measure: string;
  readonly engine: 'Quire' | 'node-llama-cpp';
  readonly value: number;
}
