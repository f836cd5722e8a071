// Compares every backend with the reference backend: every operation, weight type and KV type, with random shapes.

import { describe, expect, it } from 'vitest';
import { OPERATION_KINDS } from '../../src/program/operations.ts';
import { COMPILED_SETS } from '../support/compiled-backends.ts';
import { largestDifference } from '../support/largest-difference.ts';
import { describeWith, needsCompiled } from '../support/needs.ts';
import { largestProductsCase, oddBlocksCase, softCapCase } from './attention-cases.ts';
import { SUBJECTS } from './backends.ts';
import { contractCases, loraCase } from './cases.ts';
import { sourceOf } from './contract-case.ts';
import { runCase } from './run-case.ts';

const CASES = [
  ...contractCases(process.env.QUIRE_FULL === '1' ? 12 : 2),
  largestProductsCase('f32'),
  largestProductsCase('int8'),
  oddBlocksCase(),
  // more rows than a thread multiplies at a time
  loraCase(2, 'BF16', { rows: 3000, adapterDtype: 'BF16' }),
  loraCase(3, 'Q8_0', { rows: 3000, adapterDtype: 'BF16' }),
  softCapCase(14, 'f32'),
  softCapCase(15, 'f16'),
  softCapCase(16, 'int8'),
];

it('contractCases yields cases for every operation', () => {
  const kinds = new Set(CASES.flatMap(({ tape }) => tape.operations.map(({ kind }) => kind)));
  expect(OPERATION_KINDS.filter((kind) => !kinds.has(kind))).toEqual([]);
});

describeWith(needsCompiled(), 'compiled kernels', () => {
  it('are tested natively and on WebAssembly', () => {
    expect(COMPILED_SETS).toContain('wasm');
    expect(COMPILED_SETS.length).toBeGreaterThan(1);
  });
});

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))('%s', (_, subject) => {
  it.each(CASES.map((testCase) => [testCase.name, testCase] as const))(
    'computes %s like the reference backend',
    async (_name, testCase) => {
      const [first, ...others] = await Promise.all(
        subject.variants().map((backend) => runCase(testCase, backend)),
      );
      const tolerance = subject.roundsActivations ? testCase.roundedTolerance : testCase.tolerance;
      first!.forEach((logits, step) => {
        const expected = testCase.expected[step]!;
        expect(largestDifference(logits, expected)).toBeLessThanOrEqual(tolerance * largest(expected));
        for (const other of others) expect(bytesOf(other[step]!).equals(bytesOf(logits))).toBe(true);
      });
    },
  );
});

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))('blocks of %s', (_, subject) => {
  const cachingCases = CASES.filter(({ layout, plans }) => layout.groups.length > 0 && plans.length > 1);
  it.each(cachingCases.map((testCase) => [testCase.name, testCase] as const))(
    'can be copied to another executable: %s',
    async (_name, testCase) => {
      const [backend] = subject.variants();
      const weights = await backend!.loadWeights(testCase.tape.weights, sourceOf(testCase));
      const [from, to] = [
        await backend!.createExecutable({ ...testCase, weights }),
        await backend!.createExecutable({ ...testCase, weights }),
      ];
      const [first, ...later] = testCase.plans;
      await from.step(first!);
      for (const [group, blocks] of testCase.blocks.entries()) {
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

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

const largest = (values: Float32Array): number =>
  values.reduce((maximum, value) => Math.max(maximum, Math.abs(value)), 1e-6);
