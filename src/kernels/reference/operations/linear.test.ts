import { describe, expect, test } from 'vitest';
import {
  createOperationState,
  embedInput,
  runPlan,
  runTokens,
} from '../../../../tests/support/models/run-operation.ts';
import { tokensPlan } from '../../../../tests/support/models/step-plans.ts';
import { randomTensor, type StoredTensor, tensorOf } from '../../../../tests/support/models/tensors.ts';
import { randomNumbers } from '../../../../tests/support/random.ts';
import type { DtypeName } from '../../../base/model/dtypes.ts';
import { f16ToNumber } from '../../../base/model/half.ts';
import type { ProgramBuilder } from '../../../program/builder.ts';

const TOKENS = 5;
const INPUTS = 96;
const OUTPUTS = 11; // not a multiple of the tile size

const random = randomNumbers(1);
const x = randomTensor('x', 'F32', [TOKENS, INPUTS], random);
const bias = randomTensor('w.bias', 'F32', [OUTPUTS], random);
const weights = (['F32', 'F16', 'BF16', 'Q8_0'] as const).map((dtype) =>
  randomTensor('w.weight', dtype, [OUTPUTS, INPUTS], random),
);

const buildLinear = (b: ProgramBuilder) => b.linear('y', embedInput(b, x), 'w', OUTPUTS);

// Returns the outputs by definition: sums in f64 in order of index, rounded once.
function expectedOutputs(w: StoredTensor, shift?: StoredTensor): Float32Array {
  return Float32Array.from({ length: TOKENS * OUTPUTS }, (_, index) => {
    const t = Math.floor(index / OUTPUTS);
    const o = index % OUTPUTS;
    let sum = 0;
    for (let i = 0; i < INPUTS; i++) sum += x.values[t * INPUTS + i]! * w.values[o * INPUTS + i]!;
    return sum + (shift?.values[o] ?? 0);
  });
}

describe.each(weights)('`linear` with weights of $info.dtype', (w) => {
  test('computes sums in order of index, rounded once', () => {
    expect(runTokens(createOperationState([x, w], buildLinear), TOKENS)).toEqual(expectedOutputs(w));
  });

  test('adds the bias before rounding', () => {
    expect(runTokens(createOperationState([x, w, bias], buildLinear), TOKENS)).toEqual(
      expectedOutputs(w, bias),
    );
  });

  test('computes the same bits for single tokens and for tokens in another order', () => {
    const state = createOperationState([x, w, bias], buildLinear);
    const together = runTokens(state, TOKENS);
    for (const order of [[0], [1], [2], [3], [4], [4, 0, 2]]) {
      const rows = runPlan(state, tokensPlan(order));
      order.forEach((token, row) => {
        const rowAt = (outputs: Float32Array, index: number) =>
          outputs.slice(index * OUTPUTS, (index + 1) * OUTPUTS);
        expect(rowAt(rows, row)).toEqual(rowAt(together, token));
      });
    }
  });
});

test('`linear` uses the rows of a slice of a merged tensor', () => {
  const merged = randomTensor('w.weight', 'Q8_0', [3 * OUTPUTS, INPUTS], random);
  const shift = randomTensor('w.bias', 'F16', [3 * OUTPUTS], random);
  const from = 2 * OUTPUTS;
  const part = tensorOf('part', [OUTPUTS, INPUTS], merged.values.slice(from * INPUTS));
  const state = createOperationState([x, merged, shift], (b) =>
    b.linear('y', embedInput(b, x), 'w', OUTPUTS, { rows: 3 * OUTPUTS, rowOffset: from }),
  );
  const shifted = tensorOf('shift', [OUTPUTS], shift.values.slice(from));
  expect(runTokens(state, TOKENS)).toEqual(expectedOutputs(part, shifted));
});

describe('`linear` with quantized inputs', () => {
  const w = weights[3]!;

  // In each group, x = xs * xq and w = ws * wq, so the dot product is ws * xs * (sum of xq * wq).
  function expectedFromIntegers(): Float32Array {
    const blockView = new DataView(w.bytes);
    return Float32Array.from({ length: TOKENS * OUTPUTS }, (_, index) => {
      const token = Math.floor(index / OUTPUTS);
      let sum = 0;
      for (let group = 0; group < INPUTS / 32; group++) {
        const block = ((index % OUTPUTS) * (INPUTS / 32) + group) * 34;
        const { scale, values } = quantizeGroup(token * INPUTS + group * 32);
        const dot = values.reduce((total, value, i) => total + value * blockView.getInt8(block + 2 + i), 0);
        sum += dot * f16ToNumber(blockView.getUint16(block, true)) * scale;
      }
      return sum;
    });
  }

  function quantizeGroup(from: number): { scale: number; values: number[] } {
    const group = Array.from(x.values.slice(from, from + 32));
    const scale = Math.fround(Math.max(...group.map(Math.abs)) / 127);
    const inverse = Math.fround(1 / scale);
    const values = group.map((value) => {
      const quotient = Math.fround(value * inverse);
      return Math.sign(quotient) * Math.min(127, Math.floor(Math.abs(quotient) + 0.5));
    });
    return { scale, values };
  }

  const state = () => createOperationState([x, w], buildLinear, { activations: 'int8' });

  test('multiplies integers', () => {
    expect(runTokens(state(), TOKENS)).toEqual(expectedFromIntegers());
  });

  test('differs little from the product of floats', () => {
    const floats = expectedOutputs(w);
    const scale = Math.max(...floats.map(Math.abs));
    const rows = runTokens(state(), TOKENS);
    expect(rows).not.toEqual(floats);
    rows.forEach((value, i) => {
      expect(Math.abs(value - floats[i]!)).toBeLessThan(0.02 * scale);
    });
  });

  test('computes the same bits for single tokens', () => {
    const together = runTokens(state(), TOKENS);
    const singleState = state();
    for (let t = 0; t < TOKENS; t++) {
      expect(runPlan(singleState, tokensPlan([t]))).toEqual(together.slice(t * OUTPUTS, (t + 1) * OUTPUTS));
    }
  });

  test.each<DtypeName>(['F32', 'F16', 'BF16'])(
    'does not quantize the inputs of linear layers with %s weights',
    (dtype) => {
      const floatWeights = weights.find(({ info }) => info.dtype === dtype)!;
      expect(
        runTokens(createOperationState([x, floatWeights], buildLinear, { activations: 'int8' }), TOKENS),
      ).toEqual(expectedOutputs(floatWeights));
    },
  );
});
