// More threads than processors: most threads start late or are interrupted with claimed work. The bits of a step must not
// depend on it, and an executable may be freed while a thread has not started yet.

import { expect, test } from 'vitest';
import { native } from '../../src/kernels/native/node/native-backend.ts';
import { describeWith, needsNative } from '../support/needs.ts';
import { contractCases } from './cases.ts';
import { type ContractCase, sourceOf } from './contract-case.ts';

const ROUNDS = 3;

/** Returns the logits of all steps of a case. */
async function logitsOf(testCase: ContractCase, threads: number): Promise<Buffer> {
  const backend = native({ threads });
  const weights = await backend.loadWeights(testCase.tape.weights, sourceOf(testCase));
  const executable = await backend.createExecutable({ ...testCase, weights });
  const logits: Uint8Array[] = [];
  for (const plan of testCase.plans) {
    const { buffer, byteOffset, byteLength } = (await executable.step(plan)).logits!;
    logits.push(new Uint8Array(buffer, byteOffset, byteLength).slice());
  }
  await executable.dispose();
  weights.dispose();
  return Buffer.concat(logits);
}

describeWith(needsNative(), 'the native backend with more threads than processors', () => {
  test('computes the same bits in pools of 3 and 33 threads at the same time', async () => {
    const cases = [...contractCases(1, 11)];
    const expected: Buffer[] = [];
    for (const testCase of cases) expected.push(await logitsOf(testCase, 1));
    const compareAll = async (threads: number): Promise<void> => {
      for (let round = 0; round < ROUNDS; round++) {
        for (const [i, testCase] of cases.entries()) {
          const logits = await logitsOf(testCase, threads);
          expect(Buffer.compare(logits, expected[i]!), `${testCase.name}, ${threads} threads`).toBe(0);
        }
      }
    };
    await Promise.all([3, 33].map(compareAll));
  });
});
