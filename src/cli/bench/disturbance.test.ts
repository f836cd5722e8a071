import { expect, test } from 'vitest';
import { changedPeaks, higherPeaks } from './disturbance.ts';
import { disturbanceWarning } from './report-text.ts';

const PEAKS = {
  bandwidthBytesPerSecond: 30e9,
  int8OpsPerSecond: 900e9,
  int16OpsPerSecond: 450e9,
  f32FlopsPerSecond: 120e9,
  bf16FlopsPerSecond: 240e9,
  threads: 2,
};

test('peak rates that change by up to a tenth are no disturbance', () => {
  const after = { ...PEAKS, bandwidthBytesPerSecond: 27e9, int8OpsPerSecond: 990e9 };
  expect(changedPeaks(PEAKS, after)).toEqual([]);
  expect(disturbanceWarning(PEAKS, after)).toBeUndefined();
});

test('a larger change in either direction is a disturbance, and the warning states the rates', () => {
  const after = { ...PEAKS, bandwidthBytesPerSecond: 20e9, int8OpsPerSecond: 1200e9 };
  expect(changedPeaks(PEAKS, after).map(({ peak }) => peak)).toEqual([
    'bandwidthBytesPerSecond',
    'int8OpsPerSecond',
  ]);
  expect(disturbanceWarning(PEAKS, after)).toBe(
    'disturbed: peak rates of the machine changed by more than 10 % (memory bandwidth 30.00 GB/s before and 20.00 GB/s after the runs, int8 peak 900.00 GOP/s before and 1.20 TOP/s after the runs); close other programs and measure again',
  );
});

test('higherPeaks returns the higher value of each peak rate', () => {
  const after = { ...PEAKS, bandwidthBytesPerSecond: 20e9, int8OpsPerSecond: 1200e9 };
  expect(higherPeaks(PEAKS, after)).toEqual({ ...PEAKS, int8OpsPerSecond: 1200e9 });
});
