import { describe, expect, test } from 'vitest';
import { bench, input, rowsAfter, rowsOf } from '../../../../tests/support/models/operation-bench.ts';
import { tokensPlan } from '../../../../tests/support/models/step-plans.ts';
import { randomTensor, type StoredTensor, tensorOf } from '../../../../tests/support/models/tensors.ts';
import { randomNumbers } from '../../../../tests/support/random.ts';
import type { DtypeName } from '../../../base/model/dtypes.ts';
import { f16ToNumber } from '../../../base/model/half.ts';
import type { ProgramBuilder } from '../../../program/builder.ts';

const TOKENS = 5;
const INPUTS = 96;
const OUTPUTS = 11; // no multiple of any tile

const random = randomNumbers(1);
const x = randomTensor('x', 'F32', [TOKENS, INPUTS], random);
const bias = randomTensor('w.bias', 'F32', [OUTPUTS], random);
const weights = (['F32', 'F16', 'BF16', 'Q8_0'] as const).map((dtype) =>
  randomTensor('w.weight', dtype, [OUTPUTS, INPUTS], random),
);

const body = (b: ProgramBuilder) => b.linear('y', input(b, x), 'w', OUTPUTS);

// In index order in f64, rounded once: the definition.
function expected(w: StoredTensor, shift?: StoredTensor): Float32Array {
  return Float32Array.from({ length: TOKENS * OUTPUTS }, (_, at) => {
    const t = Math.floor(at / OUTPUTS);
    const o = at % OUTPUTS;
    let sum = 0;
    for (let i = 0; i < INPUTS; i++) sum += x.values[t * INPUTS + i]! * w.values[o * INPUTS + i]!;
    return sum + (shift?.values[o] ?? 0);
  });
}

describe.each(weights)('with weights of $info.dtype', (w) => {
  test('is the sum in index order, rounded once', () => {
    expect(rowsOf(bench([x, w], body), TOKENS)).toEqual(expected(w));
  });

  test('adds the bias before it rounds', () => {
    expect(rowsOf(bench([x, w, bias], body), TOKENS)).toEqual(expected(w, bias));
  });

  test('has the same bits for tokens one at a time and in other orders', () => {
    const state = bench([x, w, bias], body);
    const together = rowsOf(state, TOKENS);
    for (const order of [[0], [1], [2], [3], [4], [4, 0, 2]]) {
      const rows = rowsAfter(state, tokensPlan(order));
      order.forEach((token, row) => {
        const bits = (all: Float32Array, at: number) => all.slice(at * OUTPUTS, (at + 1) * OUTPUTS);
        expect(bits(rows, row)).toEqual(bits(together, token));
      });
    }
  });
});

test('a slice of a merged tensor is that slice', () => {
  const merged = randomTensor('w.weight', 'Q8_0', [3 * OUTPUTS, INPUTS], random);
  const shift = randomTensor('w.bias', 'F16', [3 * OUTPUTS], random);
  const from = 2 * OUTPUTS;
  const part = tensorOf('part', [OUTPUTS, INPUTS], merged.values.slice(from * INPUTS));
  const state = bench([x, merged, shift], (b) =>
    b.linear('y', input(b, x), 'w', OUTPUTS, { rows: 3 * OUTPUTS, rowOffset: from }),
  );
  const shifted = tensorOf('shift', [OUTPUTS], shift.values.slice(from));
  expect(rowsOf(state, TOKENS)).toEqual(expected(part, shifted));
});

describe('with quantized inputs', () => {
  const w = weights[3]!;

  // x = xs * xq and w = ws * wq in each group, so their product is ws * xs * (sum of xq * wq).
  function fromIntegers(): Float32Array {
    const stored = new DataView(w.bytes);
    return Float32Array.from({ length: TOKENS * OUTPUTS }, (_, at) => {
      const token = Math.floor(at / OUTPUTS);
      let sum = 0;
      for (let group = 0; group < INPUTS / 32; group++) {
        const block = ((at % OUTPUTS) * (INPUTS / 32) + group) * 34;
        const { scale, values } = groupOf(token * INPUTS + group * 32);
        const dot = values.reduce((total, value, i) => total + value * stored.getInt8(block + 2 + i), 0);
        sum += dot * f16ToNumber(stored.getUint16(block, true)) * scale;
      }
      return sum;
    });
  }

  function groupOf(from: number): { scale: number; values: number[] } {
    const group = Array.from(x.values.slice(from, from + 32));
    const scale = Math.fround(Math.max(...group.map(Math.abs)) / 127);
    const inverse = Math.fround(1 / scale);
    const values = group.map((value) => {
      const quotient = Math.fround(value * inverse);
      return Math.sign(quotient) * Math.min(127, Math.floor(Math.abs(quotient) + 0.5));
    });
    return { scale, values };
  }

  const state = () => bench([x, w], body, { activations: 'int8' });

  test('takes the product between integers', () => {
    expect(rowsOf(state(), TOKENS)).toEqual(fromIntegers());
  });

  test('stays near the product of floats', () => {
    const floats = expected(w);
    const scale = Math.max(...floats.map(Math.abs));
    const rows = rowsOf(state(), TOKENS);
    expect(rows).not.toEqual(floats);
    rows.forEach((value, i) => {
      expect(Math.abs(value - floats[i]!)).toBeLessThan(0.02 * scale);
    });
  });

  test('has the same bits for tokens one at a time', () => {
    const together = rowsOf(state(), TOKENS);
    const one = state();
    for (let t = 0; t < TOKENS; t++) {
      expect(rowsAfter(one, tokensPlan([t]))).toEqual(together.slice(t * OUTPUTS, (t + 1) * OUTPUTS));
    }
  });

  test.each<DtypeName>(['F32', 'F16', 'BF16'])('weights of %s keep their float inputs', (dtype) => {
    const plain = weights.find(({ info }) => info.dtype === dtype)!;
    expect(rowsOf(bench([x, plain], body, { activations: 'int8' }), TOKENS)).toEqual(expected(plain));
  });
});
