// The native backend on the fixtures: logits of transformers within 1e-3 where weights are floats; where activations are
// rounded for them, to bytes or to bf16, near those of the reference, and the best token wherever it is clear.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instructionSets, native } from '../../src/kernels/native/node/native-backend.ts';
import { reference } from '../../src/kernels/reference/node/reference-backend.ts';
import { describeWith, needsNative } from '../support/needs.ts';
import { fixtures } from './golden-file.ts';
import { GoldenModel } from './golden-model.ts';

const FLOAT_TOLERANCE = 1e-3;
// A number between two that can be stored may be rounded to the other one, and a layer later to other ones still.
const ROUNDED_SHARE = 0.05;
const WHOLE = { policy: 'paged', chunk: 1000 } as const;
const isQuantized = (name: string): boolean => /-q\d_\w+\.gguf$/.test(name);

describeWith(needsNative(), 'native', () => {
  describe.each(instructionSets())('%s', (instructionSet) => {
    describe.each(fixtures())('$name', ({ name, model: path, golden }) => {
      let model: GoldenModel;
      let judge: GoldenModel;
      beforeAll(async () => {
        model = await GoldenModel.open(path, golden.contextLength, native({ instructionSet, threads: 2 }));
        judge = await GoldenModel.open(path, golden.contextLength, reference({ activations: 'int8' }));
      });
      afterAll(async () => {
        await model.close();
        await judge.close();
      });

      it.each(golden.prompts)('has the logits it should after $tokens.length tokens', async (prompt) => {
        const rows = await model.prefill(prompt.tokens, WHOLE);
        const toBf16 = instructionSet === 'avx512bf16' && model.hasWeightsOf('BF16');
        if (!isQuantized(name) && !toBf16) {
          prompt.positions.forEach((position, i) => {
            expect(largestDifference(rows[position]!, prompt.logits[i]!)).toBeLessThan(FLOAT_TOLERANCE);
          });
          return;
        }
        const expected = await judge.prefill(prompt.tokens, WHOLE);
        const error = Math.max(...expected.map((row, i) => largestDifference(rows[i]!, row)));
        const largest = Math.max(...expected.map((row) => Math.max(...row.map(Math.abs))));
        expect(error).toBeLessThan(ROUNDED_SHARE * largest);
        expected.forEach((row, i) => {
          const [best = 0, next = 0] = [...row].sort((a, b) => b - a);
          if (best - next > 3 * error)
            expect(rows[i]!.indexOf(Math.max(...rows[i]!))).toBe(row.indexOf(best));
        });
      });
    });
  });
});

function largestDifference(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i]!)), 0);
}
