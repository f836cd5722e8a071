// Starts a Node process for each measured run. Also defines the types of the settings of a run and of a bar
// in the chart.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const REPOSITORY_ROOT = fileURLToPath(new URL('../../', import.meta.url));

const execFileAsync = promisify(execFile);

/** Runs `node` with `args` in the root of the repository and returns its standard output. */
export const runNode = async (args: readonly string[]): Promise<string> =>
  (await execFileAsync(process.execPath, [...args], { cwd: REPOSITORY_ROOT, maxBuffer: 1 << 26 })).stdout;

export const lastLine = (text: string): string => text.trim().split('\n').at(-1)!;

export interface RunSettings {
  readonly promptTokens: number;
  readonly generateTokens: number;
  readonly concurrency: number;
  readonly threads: number;
  readonly repetitions: number;
}

export interface ChartBar {
  readonly model: string;
  readonly measure: string;
  readonly engine: 'Quire' | 'node-llama-cpp';
  readonly value: number;
}
