// Compares every backend with the lowered reference: every operation and every type, in awkward shapes.

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
  it('is tested on at least one instruction set', () => {
    expect(SUBJECTS.filter(({ name }) => name.startsWith('the native backend'))).not.toHaveLength(0);
  });
});

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))('%s', (_, subject) => {
  it.each(CASES.map((one) => [one.name, one] as const))(
    'computes %s like the reference',
    async (_name, one) => {
      const [first, ...others] = await Promise.all(subject.variants().map((backend) => run(one, backend)));
      const tolerance = subject.roundsActivations ? one.roundedTolerance : one.tolerance;
      first!.forEach((logits, step) => {
        const expected = one.expected[step]!;
        expect(largestDifference(logits, expected)).toBeLessThanOrEqual(tolerance * largest(expected));
        for (const other of others) expect(bytesOf(other[step]!).equals(bytesOf(logits))).toBe(true);
      });
    },
  );
});

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))('%s: blocks', (_, subject) => {
  const cached = CASES.filter(({ layout, plans }) => layout.groups.length > 0 && plans.length > 1);
  it.each(cached.map((one) => [one.name, one] as const))(
    'work in another executable: %s',
    async (_name, one) => {
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
    },
  );
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
