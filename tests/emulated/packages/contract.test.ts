// Runs contract cases with the C library musl, whose threads have small stacks: on this processor, and on emulated ones. The programs
// are compiled by the compiler of the packages.

import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { installZig } from '../../../tools/setup/zig.js';
import { largestProductsCase, oddBlocksCase } from '../../contract/attention-cases.ts';
import { contractCases } from '../../contract/cases.ts';
import { PACKAGES_CACHE } from '../../support/emulated/addons.ts';
import { arm64Command, needsArm64 } from '../../support/emulated/emulators.ts';
import { compileRunner, runCases, writeCases } from '../../support/emulated/runner.ts';
import { describeWith } from '../../support/needs.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const TIMEOUT_MS = 1_800_000;

const folder = temporaryFolder('emulated');
let cases: readonly string[];

beforeAll(async () => {
  const all = [...contractCases(2, 5), largestProductsCase('int8'), oddBlocksCase()];
  cases = await writeCases(all, join(folder, 'cases'));
});

async function compileForMusl(cpu: 'x64' | 'arm64', target: string): Promise<string> {
  const { command, env } = await installZig(PACKAGES_CACHE);
  return compileRunner({ name: target, command: [...command, '-target', target], env, cpu, isGcc: false });
}

it.runIf(process.arch === 'x64')(
  'x64 with musl computes like the reference backend',
  async () => {
    const counts = await runCases([await compileForMusl('x64', 'x86_64-linux-musl')], cases, folder);
    expect(counts).toMatch(/^\d+ cases, 0 wrong$/);
    expect(Number.parseInt(counts, 10)).toBeGreaterThanOrEqual(cases.length * 2);
  },
  TIMEOUT_MS,
);

describeWith(needsArm64(), 'arm64 with musl', () => {
  it.each([
    ['max', 2],
    ['cortex-a53', 1],
  ] as const)(
    'computes like the reference backend on %s, with %i instruction sets',
    async (cpu, sets) => {
      const runner = await compileForMusl('arm64', 'aarch64-linux-musl');
      const counts = await runCases([...arm64Command(cpu), runner], cases, folder);
      expect(counts).toBe(`${cases.length * sets * 2} cases, 0 wrong`);
    },
    TIMEOUT_MS,
  );
});
