// Attention processes many query rows of a KV head together, and few rows in another way. With few rows and a long context,
// the threads divide the context. The bits of a token's outputs must not depend on it.

import { expect, it } from 'vitest';
import { KV_DTYPES, type KvDtype } from '../../src/base/model/kv-layout.ts';
import type { StepPlan } from '../../src/base/step/step-plan.ts';
import { COMPILED_SETS, compiled } from '../support/compiled-backends.ts';
import { planOf } from '../support/models/step-plans.ts';
import { describeWith, needsCompiled } from '../support/needs.ts';
import { largeAttentionCase } from './attention-cases.ts';
import { type ContractCase, sourceOf } from './contract-case.ts';

const TOKENS = 613;
const INFINITE_TOKEN = 571; // index of the only token whose value is infinite, which must not affect earlier tokens
// The numbers of tokens of the steps of a sequence.
const STEPS = [
  [TOKENS],
  [1, 2, 3, 4, 7, 8, 9, 31, 32, 33, 64, 1, 1, 100, 317],
  [300, 1, 1, 5, 256, 47, 1, 1, 1],
  [...new Array<number>(TOKENS - 600).fill(1), 600],
];
const SHAPES = [
  { headDim: 64, kvHeads: 2, heads: 14, blockSize: 16 },
  { headDim: 72, kvHeads: 1, heads: 2, blockSize: 16, window: 97 },
  { headDim: 20, kvHeads: 2, heads: 2, blockSize: 5 },
  { headDim: 21, kvHeads: 1, heads: 3, blockSize: 16 },
  { headDim: 128, kvHeads: 1, heads: 3, blockSize: 32 },
  { headDim: 34, kvHeads: 1, heads: 70, blockSize: 64, window: 300 },
];

function plansOf({ plans, blocks }: ContractCase, steps: readonly number[]): StepPlan[] {
  const tokens = [...plans[0]!.tokens].map((id, index) => (index === INFINITE_TOKEN ? 0 : Math.max(id, 1)));
  let from = 0;
  return steps.map((count) => {
    const part = {
      tokens: tokens.slice(0, from + count),
      from,
      blocks: Array.from({ length: blocks[0]! }, (_, block) => block),
    };
    from += count;
    return planOf([part]);
  });
}

describeWith(needsCompiled(), 'attention of compiled kernels', () => {
  const cases = new Map<KvDtype, ContractCase[]>();
  const casesOf = (kvDtype: KvDtype): ContractCase[] => {
    const known =
      cases.get(kvDtype) ?? SHAPES.map((shape) => largeAttentionCase({ ...shape, kvDtype }, TOKENS));
    cases.set(kvDtype, known);
    return known;
  };
  const subjects = COMPILED_SETS.flatMap((instructionSet) =>
    KV_DTYPES.map((kvDtype) => [instructionSet, kvDtype] as const),
  );
  it.each(subjects)(
    '%s, %s: a token has the same bits in steps of any number of tokens, with any number of threads',
    async (instructionSet, kvDtype) => {
      for (const testCase of casesOf(kvDtype)) {
        let expected: Buffer | undefined;
        for (const threads of [1, 2]) {
          const backend = compiled({ instructionSet, threads });
          const weights = await backend.loadWeights(testCase.tape.weights, sourceOf(testCase));
          for (const steps of STEPS) {
            const executable = await backend.createExecutable({ ...testCase, weights });
            const logits: Uint8Array[] = [];
            for (const plan of plansOf(testCase, steps)) {
              const { buffer, byteOffset, byteLength } = (await executable.step(plan)).logits!;
              logits.push(new Uint8Array(buffer, byteOffset, byteLength).slice());
            }
            const all = Buffer.concat(logits);
            expected ??= all;
            expect(
              Buffer.compare(all, expected),
              `${testCase.name}, ${threads} threads, steps of ${steps.slice(0, 5)}, ...`,
            ).toBe(0);
            await executable.dispose();
          }
          weights.dispose();
        }
      }
    },
  );
});
