// The native backend on the fixtures: the logits of transformers within 1e-3 with float weights. With activations rounded to
// 8 bits or bf16: logits close to those of the reference, and the same best token where its margin is large.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instructionSets, native } from '../../src/kernels/native/node/native-backend.ts';
import { reference } from '../../src/kernels/reference/node/reference-backend.ts';
import { largestDifference } from '../support/largest-difference.ts';
import { describeWith, needsNative } from '../support/needs.ts';
import { fixtures } from './golden-file.ts';
import { GoldenModel } from './golden-model.ts';

const FLOAT_TOLERANCE = 1e-3;
// A value between two representable ones may round differently, which changes further roundings in later layers.
const ROUNDED_SHARE = 0.05;
const WHOLE = { policy: 'paged', chunk: 1000 } as const;
const isQuantized = (name: string): boolean => /-q\d_\w+\.gguf$/.test(name);

// Cached by model and prompt, because they are the same for all instruction sets.
const computed = new Map<string, Promise<Float32Array[]>>();

function referenceRows(
  path: string,
  contextLength: number | undefined,
  tokens: Int32Array,
): Promise<Float32Array[]> {
  const key = `${path} ${tokens.join()}`;
  const rows = computed.get(key) ?? computeReference(path, contextLength, tokens);
  computed.set(key, rows);
  return rows;
}

async function computeReference(
  path: string,
  contextLength: number | undefined,
  tokens: Int32Array,
): Promise<Float32Array[]> {
  const model = await GoldenModel.open(path, contextLength, reference({ activations: 'int8' }));
  const rows = await model.prefill(tokens, WHOLE);
  await model.close();
  return rows;
}

describeWith(needsNative(), 'native', () => {
  describe.each(instructionSets())('%s', (instructionSet) => {
    describe.each(fixtures())('$name', ({ name, model: path, golden }) => {
      let model: GoldenModel;
      beforeAll(async () => {
        model = await GoldenModel.open(path, golden.contextLength, native({ instructionSet, threads: 2 }));
      });
      afterAll(async () => {
        await model.close();
      });

      it.each(golden.prompts)(
        'has the logits of transformers or of the reference after $tokens.length tokens',
        async (prompt) => {
          const rows = await model.prefill(prompt.tokens, WHOLE);
          const toBf16 = instructionSet === 'avx512bf16' && model.hasWeightsOf('BF16');
          if (!isQuantized(name) && !toBf16) {
            prompt.positions.forEach((position, i) => {
              expect(largestDifference(rows[position]!, prompt.logits[i]!)).toBeLessThan(FLOAT_TOLERANCE);
            });
            return;
          }
          const expected = await referenceRows(path, golden.contextLength, prompt.tokens);
          const error = Math.max(...expected.map((row, i) => largestDifference(rows[i]!, row)));
          const largest = Math.max(...expected.map((row) => Math.max(...row.map(Math.abs))));
          expect(error).toBeLessThan(ROUNDED_SHARE * largest);
          expected.forEach((row, i) => {
            const [best = 0, next = 0] = [...row].sort((a, b) => b - a);
            if (best - next > 3 * error)
              expect(rows[i]!.indexOf(Math.max(...rows[i]!))).toBe(row.indexOf(best));
          });
        },
      );
    });
  });
});
