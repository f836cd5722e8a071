// Kernels process tokens of linear layers in tiles of several sizes, and unpack weights differently for few and for many
// tokens. The bits of a token's outputs must not depend on it.

import { expect, it } from 'vitest';
import { COMPILED_SETS, compiled } from '../support/compiled-backends.ts';
import { planOf } from '../support/models/step-plans.ts';
import { describeWith, needsCompiled } from '../support/needs.ts';
import { largeLinearCase } from './cases.ts';
import { type ContractCase, sourceOf } from './contract-case.ts';

const TOKENS = 83;
const COUNTS = [1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 33, 47, 64, 82];
const DTYPES = [
  'F32',
  'F16',
  'BF16',
  'Q8_0',
  'Q4_0',
  'Q4_1',
  'Q5_0',
  'Q5_1',
  'Q4_K',
  'Q5_K',
  'Q6_K',
] as const;

const planWith = ({ plans, blocks }: ContractCase, count: number): ReturnType<typeof planOf> =>
  planOf([
    {
      tokens: [...plans[0]!.tokens.subarray(0, count)],
      from: 0,
      blocks: Array.from({ length: blocks[0]! }, (_, block) => block),
    },
  ]);

describeWith(needsCompiled(), 'linear layers of compiled kernels', () => {
  const subjects = COMPILED_SETS.flatMap((instructionSet) =>
    DTYPES.map((dtype) => [instructionSet, dtype] as const),
  );
  it.each(subjects)(
    '%s, %s: a token has the same bits with any number of other tokens and threads',
    async (instructionSet, dtype) => {
      const testCase = largeLinearCase(dtype, TOKENS);
      const logitsByThreads: Uint8Array[] = [];
      for (const threads of [1, 2]) {
        const backend = compiled({ instructionSet, threads });
        const weights = await backend.loadWeights(testCase.tape.weights, sourceOf(testCase));
        const executable = await backend.createExecutable({ ...testCase, weights });
        const logitsOf = async (count: number): Promise<Uint8Array> => {
          const { buffer, byteOffset, byteLength } = (await executable.step(planWith(testCase, count)))
            .logits!;
          return new Uint8Array(buffer, byteOffset, byteLength).slice();
        };
        const all = await logitsOf(TOKENS);
        for (const count of COUNTS) {
          const logits = await logitsOf(count);
          expect(Buffer.compare(logits, all.subarray(0, logits.length)), `${count} tokens`).toBe(0);
        }
        logitsByThreads.push(all);
        await executable.dispose();
        weights.dispose();
      }
      expect(Buffer.compare(logitsByThreads[0]!, logitsByThreads[1]!)).toBe(0);
    },
  );
});
