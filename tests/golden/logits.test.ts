// Tests the logits of the reference backend with float activations for each fixture: they must equal those of Hugging Face
// transformers within 1e-4, and their bits must not depend on the cache policy, the chunk size or the block size.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largestDifference } from '../support/largest-difference.ts';
import { CLEAR_MARGIN, fixtures } from './golden-file.ts';
import { GoldenModel, type RunOptions } from './golden-model.ts';

const TOLERANCE = 1e-4;

// Without a cache, steps do not read blocks of earlier steps, so one block size is enough.
const VARIANTS: readonly RunOptions[] = (['none', 'contiguous', 'paged'] as const).flatMap((policy) =>
  [1, 7, 1000].flatMap((chunk) =>
    (policy === 'none' ? [16] : [16, 5]).map((blockSize) => ({ policy, chunk, blockSize })),
  ),
);

describe.each(fixtures())('logits of $name', ({ model: path, golden }) => {
  let model: GoldenModel;
  beforeAll(async () => {
    model = await GoldenModel.open(path, golden.contextLength);
  });
  afterAll(() => model.close());

  it.each(golden.prompts)('equal those of transformers after $tokens.length tokens', async (prompt) => {
    const rows = await model.prefill(prompt.tokens, { policy: 'paged', chunk: 1000 });
    prompt.positions.forEach((position, i) => {
      expect(largestDifference(rows[position]!, prompt.logits[i]!)).toBeLessThan(TOLERANCE);
    });
  });

  it('have the same bits in a prefill with each cache policy, chunk size and block size', async () => {
    const { tokens } = golden.prompts.at(-1)!;
    const expected = await model.prefill(tokens, { policy: 'none', chunk: 1000 });
    for (const variant of VARIANTS) {
      const rows = await model.prefill(tokens, variant);
      expect(differingRows(rows, expected), JSON.stringify(variant)).toEqual([]);
    }
  });

  it('have the same bits in decode steps as in one prefill, with each cache policy', async () => {
    const { prompt, tokens } = golden.greedy.at(-1) ?? splitInHalves(golden.prompts.at(-1)!.tokens);
    const text = Int32Array.from([...prompt, ...tokens]);
    const expected = (await model.prefill(text, { policy: 'none', chunk: 1000 })).slice(prompt.length - 1);
    for (const variant of VARIANTS.filter(({ chunk }) => chunk === 7)) {
      const rows = await model.decode(text, prompt.length, variant);
      expect(differingRows(rows, expected), JSON.stringify(variant)).toEqual([]);
    }
  });

  it.each(golden.greedy)(
    'have their maximum at the greedy tokens of transformers after $prompt.length tokens',
    async (greedy) => {
      const { prompt, tokens, margins } = greedy;
      const text = Int32Array.from([...prompt, ...tokens]);
      const rows = await model.prefill(text, { policy: 'paged', chunk: 1000 });
      const predicted = rows.slice(prompt.length - 1, -1).map((row) => row.indexOf(Math.max(...row)));
      const hasClearMargin = (_: number, i: number): boolean => margins[i]! >= CLEAR_MARGIN;
      expect(predicted.filter(hasClearMargin)).toEqual(tokens.filter(hasClearMargin));
      expect(margins.filter(hasClearMargin).length).toBeGreaterThan(tokens.length / 2);
    },
  );
});

function splitInHalves(tokens: Int32Array): { prompt: number[]; tokens: number[] } {
  const half = tokens.length >> 1;
  return { prompt: [...tokens.subarray(0, half)], tokens: [...tokens.subarray(half)] };
}

/** Returns the indices of rows that differ in any bit. */
function differingRows(actual: readonly Float32Array[], expected: readonly Float32Array[]): number[] {
  expect(actual.length).toBe(expected.length);
  const bytesOf = (row: Float32Array): Buffer => Buffer.from(row.buffer, row.byteOffset, row.byteLength);
  return expected.flatMap((row, i) => (bytesOf(row).equals(bytesOf(actual[i]!)) ? [] : [i]));
}
