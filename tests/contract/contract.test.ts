// The native backend against the lowered reference: every operation, every type, every instruction set of this
// machine, with one thread and with two.

import { describe, expect, it } from 'vitest';
import { instructionSets, native } from '../../src/kernels/native/node/native-backend.ts';
import { OPERATION_KINDS } from '../../src/program/operations.ts';
import { describeWith, needsNative } from '../support/needs.ts';
import { type ContractCase, contractCases, sourceOf } from './cases.ts';

const CASES = [...contractCases(process.env.QUIRE_FULL === '1' ? 12 : 2)];

it('there are cases of every operation', () => {
  const kinds = new Set(CASES.flatMap(({ tape }) => tape.operations.map(({ kind }) => kind)));
  expect(OPERATION_KINDS.filter((kind) => !kinds.has(kind))).toEqual([]);
});

describeWith(needsNative(), 'the native backend', () => {
  describe.each(instructionSets())('%s', (instructionSet) => {
    it.each(CASES.map((one) => [one.name, one] as const))('%s', async (_, one) => {
      const [single, double] = [await run(one, instructionSet, 1), await run(one, instructionSet, 2)];
      single.forEach((logits, step) => {
        const expected = one.expected[step]!;
        const tolerance = instructionSet === 'avx512bf16' ? one.roundedTolerance : one.tolerance;
        expect(largestDifference(logits, expected)).toBeLessThanOrEqual(tolerance * largest(expected));
        expect(Buffer.from(double[step]!.buffer).equals(Buffer.from(logits.buffer))).toBe(true);
      });
    });
  });
});

async function run(one: ContractCase, instructionSet: string, threads: number): Promise<Float32Array[]> {
  const backend = native({ instructionSet, threads });
  const weights = await backend.loadWeights(one.tape.weights, sourceOf(one));
  const executable = await backend.createExecutable({ ...one, weights });
  const logits: Float32Array[] = [];
  for (const plan of one.plans) logits.push((await executable.step(plan)).logits!);
  await executable.dispose();
  weights.dispose();
  return logits;
}

const largest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);

function largestDifference(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce((most, value, i) => {
    const difference = Math.abs(value - actual[i]!);
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference);
  }, 0);
}
