// The runner of contract cases (native/runner), compiled for an emulated processor.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeCase } from '../../../tools/native/case-file.ts';
import { compileSources, sourcesFor } from '../../../tools/setup/native.js';
import type { ContractCase } from '../../contract/contract-case.ts';
import { ROOT } from '../fixtures.ts';
import { buildOnce } from './build-once.ts';
import { runToFiles } from './machine.ts';

interface RunnerBuild {
  /** of the folder with the runner */
  readonly name: string;
  /** the compiler and its first arguments */
  readonly command: readonly string[];
  readonly env?: Record<string, string>;
  readonly cpu: 'arm64' | 'x64';
  readonly isGcc: boolean;
}

/** Compiles the runner with few optimizations, which takes a third of the time. Returns its path. */
export async function compileRunner({ name, command, env = {}, cpu, isGcc }: RunnerBuild): Promise<string> {
  const folder = await buildOnce(
    `runner-${name}`,
    ['native/src', 'native/runner', 'tools/setup/native.js'],
    async (target) => {
      const kernels = sourcesFor({ cpu, isGcc }).filter(({ file }) => file !== 'addon.cpp');
      const main = { file: join(ROOT, 'native/runner/main.cpp'), flags: ['-std=c++20'] };
      const sources = [...kernels, main].map(({ file, flags }) => ({ file, flags: [...flags, '-O1'] }));
      await compileSources({ command, sources, linkFlags: ['-pthread'], target, output: 'runner', env });
    },
  );
  return join(folder, 'runner');
}

/** Writes cases to a new folder and returns the paths of the files. */
export async function writeCases(cases: readonly ContractCase[], folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths = cases.map((_, i) => join(folder, `${i}.case`));
  for (const [i, testCase] of cases.entries()) await writeFile(paths[i]!, encodeCase(testCase));
  return paths;
}

/**
 * Runs cases with every instruction set of the processor, with one thread and with two. Returns the last line, which counts them.
 * Rejects with the names of the wrong cases.
 */
export async function runCases(
  command: readonly string[],
  cases: readonly string[],
  folder: string,
): Promise<string> {
  return (await runToFiles([...command, ...cases], folder, {})).trimEnd().split('\n').at(-1)!;
}
