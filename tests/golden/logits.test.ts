// Exactness on tiny real models: the unlowered reference agrees with Hugging Face transformers within 1e-4, and neither the
// cache policy nor the chunk size changes a bit.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { largestDifference } from '../support/largest-difference.ts';
import { CLEAR_MARGIN, fixtures } from './golden-file.ts';
import { type DriveOptions, GoldenModel } from './golden-model.ts';

const TOLERANCE = 1e-4;

// Without a cache no earlier step is read, so that one block size is enough.
const VARIANTS: readonly DriveOptions[] = (['none', 'contiguous', 'paged'] as const).flatMap((policy) =>
  [1, 7, 1000].flatMap((chunk) =>
    (policy === 'none' ? [16] : [16, 5]).map((blockSize) => ({ policy, chunk, blockSize })),
  ),
);

describe.each(fixtures())('$name', ({ model: path, golden }) => {
  let model: GoldenModel;
  beforeAll(async () => {
    model = await GoldenModel.open(path, golden.contextLength);
  });
  afterAll(() => model.close());

  it.each(golden.prompts)('has the logits of transformers after $tokens.length tokens', async (prompt) => {
    const rows = await model.prefill(prompt.tokens, { policy: 'paged', chunk: 1000 });
    prompt.positions.forEach((position, i) => {
      expect(largestDifference(rows[position]!, prompt.logits[i]!)).toBeLessThan(TOLERANCE);
    });
  });

  it('computes the same bits in a prefill with each cache policy, chunk and block size', async () => {
    const { tokens } = golden.prompts.at(-1)!;
    const expected = await model.prefill(tokens, { policy: 'none', chunk: 1000 });
    for (const variant of VARIANTS) {
      const rows = await model.prefill(tokens, variant);
      expect(differingRows(rows, expected), JSON.stringify(variant)).toEqual([]);
    }
  });

  it('computes the same bits in decode steps as in one prefill, with each cache policy', async () => {
    const { prompt, tokens } = golden.greedy.at(-1) ?? splitInHalves(golden.prompts.at(-1)!.tokens);
    const all = Int32Array.from([...prompt, ...tokens]);
    const expected = (await model.prefill(all, { policy: 'none', chunk: 1000 })).slice(prompt.length - 1);
    for (const variant of VARIANTS.filter(({ chunk }) => chunk === 7)) {
      const rows = await model.decode(all, prompt.length, variant);
      expect(differingRows(rows, expected), JSON.stringify(variant)).toEqual([]);
    }
  });

  it.each(golden.greedy)('chooses the tokens of transformers after $prompt.length tokens', async (greedy) => {
    const { prompt, tokens, margins } = greedy;
    const all = Int32Array.from([...prompt, ...tokens]);
    const rows = await model.prefill(all, { policy: 'paged', chunk: 1000 });
    const chosen = rows.slice(prompt.length - 1, -1).map((row) => row.indexOf(Math.max(...row)));
    const clear = (_: number, i: number): boolean => margins[i]! >= CLEAR_MARGIN;
    expect(chosen.filter(clear)).toEqual(tokens.filter(clear));
    expect(margins.filter(clear).length).toBeGreaterThan(tokens.length / 2);
  });
});

function splitInHalves(tokens: Int32Array): { prompt: number[]; tokens: number[] } {
  const half = tokens.length >> 1;
  return { prompt: [...tokens.subarray(0, half)], tokens: [...tokens.subarray(half)] };
}

/** Indices of rows that differ in any bit. */
function differingRows(actual: readonly Float32Array[], expected: readonly Float32Array[]): number[] {
  expect(actual.length).toBe(expected.length);
  const bytes = (row: Float32Array): Buffer => Buffer.from(row.buffer, row.byteOffset, row.byteLength);
  return expected.flatMap((row, i) => (bytes(row).equals(bytes(actual[i]!)) ? [] : [i]));
}
