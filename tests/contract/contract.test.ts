// Compares the native backend with the lowered reference: every operation, type and instruction set of this machine, with
// one thread and with two.

import { describe, expect, it } from 'vitest';
import type { Backend } from '../../src/kernels/backend.ts';
import { OPERATION_KINDS } from '../../src/program/operations.ts';
import { largestDifference } from '../support/largest-difference.ts';
import { describeWith, needsNative } from '../support/needs.ts';
import { SUBJECTS } from './backends.ts';
import { type ContractCase, contractCases, sourceOf } from './cases.ts';

const CASES = [...contractCases(process.env.QUIRE_FULL === '1' ? 12 : 2)];

it('the cases cover every operation', () => {
  const kinds = new Set(CASES.flatMap(({ tape }) => tape.operations.map(({ kind }) => kind)));
  expect(OPERATION_KINDS.filter((kind) => !kinds.has(kind))).toEqual([]);
});

describeWith(needsNative(), 'the native backend', () => {
  describe.each(instructionSets())('%s', (instructionSet) => {
    it.each(CASES.map((one) => [one.name, one] as const))(
      'computes %s as the reference does',
      async (_, one) => {
        const [single, double] = [await run(one, instructionSet, 1), await run(one, instructionSet, 2)];
        single.forEach((logits, step) => {
          const expected = one.expected[step]!;
          const tolerance = instructionSet === 'avx512bf16' ? one.roundedTolerance : one.tolerance;
          expect(largestDifference(logits, expected)).toBeLessThanOrEqual(tolerance * largest(expected));
          expect(Buffer.from(double[step]!.buffer).equals(Buffer.from(logits.buffer))).toBe(true);
        });
      },
    );
  });
});

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))('%s: blocks', (_, subject) => {
  const cached = CASES.filter(({ layout, plans }) => layout.groups.length > 0 && plans.length > 1);
  it.each(cached.map((one) => [one.name, one] as const))('restored elsewhere: %s', async (_name, one) => {
    const [backend] = subject.variants();
    const weights = await backend!.loadWeights(one.tape.weights, sourceOf(one));
    const [from, to] = [
      await backend!.createExecutable({ ...one, weights }),
      await backend!.createExecutable({ ...one, weights }),
    ];
    const [first, ...later] = one.plans;
    await from.step(first!);
    for (const [group, blocks] of one.blocks.entries()) {
      for (let block = 0; block < blocks; block++) {
        await to.writeBlock(group, block, await from.readBlock(group, block));
      }
    }
    for (const plan of later) {
      const [expected, actual] = [(await from.step(plan)).logits!, (await to.step(plan)).logits!];
      expect(bytesOf(actual).equals(bytesOf(expected))).toBe(true);
    }
    await Promise.all([from.dispose(), to.dispose()]);
    weights.dispose();
  });
});

async function run(one: ContractCase, backend: Backend): Promise<Float32Array[]> {
  const weights = await backend.loadWeights(one.tape.weights, sourceOf(one));
  const executable = await backend.createExecutable({ ...one, weights });
  const logits: Float32Array[] = [];
  for (const plan of one.plans) logits.push((await executable.step(plan)).logits!);
  await executable.dispose();
  weights.dispose();
  return logits;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

const largest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
