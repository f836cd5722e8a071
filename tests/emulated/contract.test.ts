// Runs contract cases on emulated processors, in a program without Node.js: the kernels for NEON, and those that the compiler
// vectorizes, which older processors use.

import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { largestProductsCase, oddBlocksCase } from '../contract/attention-cases.ts';
import { contractCases } from '../contract/cases.ts';
import { ARM64_COMPILER, arm64Command, needsArm64Compiler } from '../support/emulated/emulators.ts';
import { compileRunner, runCases, writeCases } from '../support/emulated/runner.ts';
import { describeWith } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const IS_FULL = process.env.QUIRE_FULL === '1';
// `cortex-a53` has no dot products.
const PROCESSORS = [
  ['max', 2],
  ['cortex-a53', 1],
] as const;

describeWith(needsArm64Compiler(), 'kernels for 64-bit ARM', () => {
  const folder = temporaryFolder('emulated');
  let runner: string;
  let cases: readonly string[];

  beforeAll(async () => {
    const command = [ARM64_COMPILER];
    runner = await compileRunner({ name: 'arm64', command, cpu: 'arm64', isGcc: true });
    const all = [...contractCases(IS_FULL ? 12 : 1, 3), largestProductsCase('int8'), oddBlocksCase()];
    cases = await writeCases(all, join(folder, 'cases'));
  });

  it.each(PROCESSORS)(
    'compute like the reference backend on %s, with %i instruction sets',
    async (cpu, sets) => {
      const counts = await runCases([...arm64Command(cpu), runner], cases, folder);
      expect(counts).toBe(`${cases.length * sets * 2} cases, 0 wrong`);
    },
    IS_FULL ? 1_800_000 : undefined,
  );
});
