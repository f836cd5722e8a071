// Tests the logits of the native and the WebAssembly backend for each fixture. With float weights they must equal those of transformers within
// 1e-3. If activations are rounded to 8 bits or bf16, they must be close to those of the reference backend, and the most
// likely token must be the same if its margin is large.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reference } from '../../src/kernels/reference/node/reference-backend.ts';
import { COMPILED_SETS, compiled } from '../support/compiled-backends.ts';
import { largestDifference } from '../support/largest-difference.ts';
import { describeWith, needsCompiled } from '../support/needs.ts';
import { fixtures } from './golden-file.ts';
import { GoldenModel } from './golden-model.ts';

const FLOAT_TOLERANCE = 1e-3;
// Relative to the largest logit. The backends may round a value between two representable ones differently, which changes
// more values in later layers.
const ROUNDED_TOLERANCE = 0.05;
const ONE_CHUNK = { policy: 'paged', chunk: 1000 } as const;
const isQuantized = (name: string): boolean => /-q\d_\w+\.gguf$/.test(name);

// Logits of the reference backend by model and prompt. They are cached because every instruction set is compared with them.
const referenceLogits = new Map<string, Promise<Float32Array[]>>();

function referenceRows(
  path: string,
  contextLength: number | undefined,
  tokens: Int32Array,
): Promise<Float32Array[]> {
  const key = `${path} ${tokens.join()}`;
  const rows = referenceLogits.get(key) ?? computeReference(path, contextLength, tokens);
  referenceLogits.set(key, rows);
  return rows;
}

async function computeReference(
  path: string,
  contextLength: number | undefined,
  tokens: Int32Array,
): Promise<Float32Array[]> {
  const model = await GoldenModel.open(path, contextLength, reference({ activations: 'int8' }));
  const rows = await model.prefill(tokens, ONE_CHUNK);
  await model.close();
  return rows;
}

describeWith(needsCompiled(), 'logits of compiled kernels', () => {
  describe.each(COMPILED_SETS)('%s', (instructionSet) => {
    describe.each(fixtures())('$name', ({ name, model: path, golden }) => {
      let model: GoldenModel;
      beforeAll(async () => {
        model = await GoldenModel.open(path, golden.contextLength, compiled({ instructionSet, threads: 2 }));
      });
      afterAll(async () => {
        await model.close();
      });

      it.each(golden.prompts)(
        'equal those of transformers or are close to those of the reference backend after $tokens.length tokens',
        async (prompt) => {
          const rows = await model.prefill(prompt.tokens, ONE_CHUNK);
          const roundsToBf16 = instructionSet === 'avx512bf16' && model.hasWeightsOf('BF16');
          if (!isQuantized(name) && !roundsToBf16) {
            prompt.positions.forEach((position, i) => {
              expect(largestDifference(rows[position]!, prompt.logits[i]!)).toBeLessThan(FLOAT_TOLERANCE);
            });
            return;
          }
          const expected = await referenceRows(path, golden.contextLength, prompt.tokens);
          const error = Math.max(...expected.map((row, i) => largestDifference(rows[i]!, row)));
          const largest = Math.max(...expected.map((row) => Math.max(...row.map(Math.abs))));
          expect(error).toBeLessThan(ROUNDED_TOLERANCE * largest);
          expected.forEach((row, i) => {
            const [first = 0, second = 0] = [...row].sort((a, b) => b - a);
            if (first - second > 3 * error)
              expect(rows[i]!.indexOf(Math.max(...rows[i]!))).toBe(row.indexOf(first));
          });
        },
      );
    });
  });
});
