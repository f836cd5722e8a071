import { expect, test } from 'vitest';
import { stepLimitMs } from './limits.ts';

const PEAKS = {
  bandwidthBytesPerSecond: 1e9,
  int8OpsPerSecond: 1e12,
  int16OpsPerSecond: 5e11,
  f32FlopsPerSecond: 1e11,
  bf16FlopsPerSecond: 2e11,
};
const NO_WORK = { bytesRead: 0, int8Ops: 0, int16Ops: 0, f32Ops: 0, bf16Ops: 0, attentionOps: 0 };

test('the limit of a step that mostly reads is its bytes at the memory bandwidth', () => {
  const work = { ...NO_WORK, bytesRead: 5e7, int8Ops: 4e10, attentionOps: 5e8 };
  expect(stepLimitMs(work, PEAKS)).toBeCloseTo(50); // reading 50 ms, computing 40 + 5 ms
});

test('the limit of a step that mostly computes is the sum of its operations, each at the peak of its instruction', () => {
  const work = { bytesRead: 5e7, int8Ops: 4e10, int16Ops: 5e9, f32Ops: 1e9, bf16Ops: 4e9, attentionOps: 2e9 };
  expect(stepLimitMs(work, PEAKS)).toBeCloseTo(40 + 10 + 10 + 20 + 20);
});
