// More threads than processors: most threads start late or are interrupted with claimed work. The bits of a step must not
// depend on it, and an executable may be freed while a thread has not started yet.

import { expect, test } from 'vitest';
import type { Backend } from '../../src/kernels/backend.ts';
import { native } from '../../src/kernels/native/node/native-backend.ts';
import { wasm } from '../../src/kernels/wasm/node/wasm-backend.ts';
import { describeWith, needsCompiled } from '../support/needs.ts';
import { contractCases } from './cases.ts';
import type { ContractCase } from './contract-case.ts';
import { runCase } from './run-case.ts';

const ROUNDS = 3;

/** Returns the bytes of the logits of all steps of a case. */
async function logitsOf(testCase: ContractCase, backend: Backend): Promise<Buffer> {
  const logits = await runCase(testCase, backend);
  return Buffer.concat(
    logits.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  );
}

describeWith(needsCompiled(), 'with more threads than processors', () => {
  test.each([
    ['native', native, 33],
    ['wasm', wasm, 9],
  ] as const)(
    'the %s backend computes the same bits in two pools at the same time',
    async (_, create, many) => {
      const cases = [...contractCases(1, 11)];
      const expected: Buffer[] = [];
      for (const testCase of cases) expected.push(await logitsOf(testCase, create({ threads: 1 })));
      const compareAll = async (threads: number): Promise<void> => {
        for (let round = 0; round < ROUNDS; round++) {
          for (const [i, testCase] of cases.entries()) {
            const logits = await logitsOf(testCase, create({ threads }));
            expect(Buffer.compare(logits, expected[i]!), `${testCase.name}, ${threads} threads`).toBe(0);
          }
        }
      };
      await Promise.all([3, many].map(compareAll));
    },
  );
});
