// Finds out whether other programs slowed the machine: its peak rates are measured before and after the runs.

import type { Limits } from '../../kernels/limits.ts';

type PeakRate = Exclude<keyof Limits, 'threads'>;

interface PeakChange {
  readonly peak: PeakRate;
  readonly before: number;
  readonly after: number;
}

/** The share by which a peak rate may change without the result being marked as disturbed. */
export const MAX_PEAK_CHANGE = 0.1;

export const PEAK_NAMES: Readonly<Record<PeakRate, readonly [name: string, unit: string]>> = {
  bandwidthBytesPerSecond: ['memory bandwidth', 'B/s'],
  int8OpsPerSecond: ['int8 peak', 'OP/s'],
  int16OpsPerSecond: ['int16 peak', 'OP/s'],
  f32FlopsPerSecond: ['f32 peak', 'FLOP/s'],
  bf16FlopsPerSecond: ['bf16 peak', 'FLOP/s'],
};

const PEAK_RATES = Object.keys(PEAK_NAMES) as readonly PeakRate[];

/** Returns the peak rates whose lower value is more than {@link MAX_PEAK_CHANGE} below the higher. */
export const changedPeaks = (before: Limits, after: Limits): readonly PeakChange[] =>
  PEAK_RATES.flatMap((peak) => {
    const [low = 0, high = 0] = [before[peak], after[peak]].toSorted((a, b) => a - b);
    return low < (1 - MAX_PEAK_CHANGE) * high ? [{ peak, before: before[peak], after: after[peak] }] : [];
  });

/** Returns the higher of the values of each peak rate, which other programs affected least. */
export const higherPeaks = (before: Limits, after: Limits): Limits => ({
  bandwidthBytesPerSecond: Math.max(before.bandwidthBytesPerSecond, after.bandwidthBytesPerSecond),
  int8OpsPerSecond: Math.max(before.int8OpsPerSecond, after.int8OpsPerSecond),
  int16OpsPerSecond: Math.max(before.int16OpsPerSecond, after.int16OpsPerSecond),
  f32FlopsPerSecond: Math.max(before.f32FlopsPerSecond, after.f32FlopsPerSecond),
  bf16FlopsPerSecond: Math.max(before.bf16FlopsPerSecond, after.bf16FlopsPerSecond),
  threads: before.threads,
});
