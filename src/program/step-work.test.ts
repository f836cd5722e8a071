import { expect, test } from 'vitest';
import { planOf } from '../../tests/support/models/step-plans.ts';
import { TinyModel } from '../../tests/support/models/tiny-model.ts';
import type { KvDtype, KvLayout } from '../base/model/kv-layout.ts';
import { type StepShape, stepWorkCounter } from './step-work.ts';
import type { Tape } from './tape.ts';

// Two layers with hidden size 32, 4 query heads and 2 KV heads of 8 elements, and 64 elements in the feed-forward layers.
const LAYER_WEIGHTS = 32 * (32 + 16 + 16 + 32 + 3 * 64);
const HEAD_WEIGHTS = 20 * 32;
const OPS_PER_PAIR = 2 * 4 * 4 * 8; // layers, scores and values, heads, elements
const KV_BYTES = 2 * 2 * 16 * 2; // layers, key and value, elements, bytes of f16

const layoutOf = (model: TinyModel, dtype: KvDtype = 'f16'): KvLayout => ({
  groups: model.program.kvGroups,
  dtype,
  blockSize: 4,
});

// A prompt of 3 tokens of which the first is already computed, and a sequence that decodes its fifth token.
const STEP: StepShape = {
  ...planOf([
    { tokens: [1, 2, 3], from: 1, blocks: [0] },
    { tokens: [1, 2, 3, 4, 5], from: 4, blocks: [1, 2] },
  ]),
  logitsRows: Int32Array.of(1, 2),
};

test('counts the bytes and operations of a step with float weights', () => {
  const model = new TinyModel('llama', 'F16');
  expect(stepWorkCounter(model.tape(), layoutOf(model))(STEP)).toEqual({
    bytesRead: 2 * (2 * LAYER_WEIGHTS + HEAD_WEIGHTS) + KV_BYTES * (3 + 5),
    int8Ops: 0,
    f32Ops: 3 * 2 * 2 * LAYER_WEIGHTS + 2 * 2 * HEAD_WEIGHTS,
    bf16Ops: 0,
    int16Ops: 0,
    attentionOps: OPS_PER_PAIR * (2 + 3 + 5),
  });
});

test('a step without rows of logits does not read the output head', () => {
  const model = new TinyModel('llama', 'F16');
  const step = { ...STEP, logitsRows: new Int32Array(0) };
  expect(stepWorkCounter(model.tape(), layoutOf(model))(step)).toMatchObject({
    bytesRead: 2 * 2 * LAYER_WEIGHTS + KV_BYTES * (3 + 5),
    f32Ops: 3 * 2 * 2 * LAYER_WEIGHTS,
  });
});

test('operations are counted by what multiplies them: BF16 weights, quantized activations', () => {
  const total = 3 * 2 * 2 * LAYER_WEIGHTS + 2 * 2 * HEAD_WEIGHTS;
  const bf16 = new TinyModel('llama', 'BF16');
  expect(stepWorkCounter(bf16.tape(), layoutOf(bf16))(STEP)).toMatchObject({
    ...{ int8Ops: 0, f32Ops: 0, bf16Ops: total },
  });
  const quantized = new TinyModel('llama', 'Q8_0', 'int8');
  expect(stepWorkCounter(quantized.tape(), layoutOf(quantized))(STEP)).toMatchObject({
    ...{ int8Ops: total, f32Ops: 0, bf16Ops: 0 },
    bytesRead: (34 / 32) * (2 * LAYER_WEIGHTS + HEAD_WEIGHTS) + KV_BYTES * (3 + 5),
  });
});

test('keys and values are counted in their type, int8 with a scale for each key and value of a head', () => {
  const model = new TinyModel('llama', 'F16');
  const bytesWith = (dtype: KvDtype): number =>
    stepWorkCounter(model.tape(), layoutOf(model, dtype))(STEP).bytesRead -
    2 * (2 * LAYER_WEIGHTS + HEAD_WEIGHTS);
  expect(bytesWith('f32')).toBe(2 * KV_BYTES * 8);
  expect(bytesWith('int8')).toBe((KV_BYTES / 2 + 2 * 2 * 2 * 4) * 8); // layers, key and value, heads, bytes of f32
});

test('scores of int8 keys are operations of 16-bit integers', () => {
  const model = new TinyModel('llama', 'F16');
  expect(stepWorkCounter(model.tape(), layoutOf(model, 'int8'))(STEP)).toMatchObject({
    int16Ops: (OPS_PER_PAIR / 2) * (2 + 3 + 5),
    attentionOps: (OPS_PER_PAIR / 2) * (2 + 3 + 5),
  });
});

test('in a layer with a window, a token attends to the window, and only its tokens are read', () => {
  const model = new TinyModel('llama', 'F16');
  const tape = model.tape();
  const operations = tape.operations.map((operation) =>
    operation.kind === 'attention' && operation.attention.layerInGroup === 1
      ? { ...operation, attention: { ...operation.attention, window: 2 } }
      : operation,
  );
  const windowed: Tape = { ...tape, operations };
  const { bytesRead, attentionOps } = stepWorkCounter(windowed, layoutOf(model))(STEP);
  // The prompt's tokens at positions 1 and 2 read positions 0 to 2 of the window; position 4 reads 3 and 4.
  expect(bytesRead).toBe(2 * (2 * LAYER_WEIGHTS + HEAD_WEIGHTS) + (KV_BYTES / 2) * (3 + 5 + 3 + 2));
  expect(attentionOps).toBe((OPS_PER_PAIR / 2) * (2 + 3 + 5 + 2 + 2 + 2));
});
