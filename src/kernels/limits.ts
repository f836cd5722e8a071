// The peak rates of a machine, which limit the speed of every engine: the memory bandwidth of all threads together, and the
// arithmetic throughput for operands in registers.

import type { StepWork } from '../program/step-work.ts';

export interface Limits {
  /** measured with all threads reading a buffer several times the size of the last-level cache */
  readonly bandwidthBytesPerSecond: number;
  /** int8 dot products; a multiplication and an addition are two operations */
  readonly int8OpsPerSecond: number;
  /** dot products of pairs of 16-bit integers, which multiply int8 keys */
  readonly int16OpsPerSecond: number;
  /** fused multiply-adds, each of which is two operations */
  readonly f32FlopsPerSecond: number;
  /** multiplication of bf16 weights, which is computed in f32 on processors without bf16 dot products */
  readonly bf16FlopsPerSecond: number;
  readonly threads: number;
}

/** Returns the limits from the rates that compiled kernels measure. */
export function limitsOf(rates: Float64Array, threads: number): Limits {
  const [bandwidth = 0, int8 = 0, int16 = 0, f32 = 0, bf16 = 0] = rates;
  return {
    bandwidthBytesPerSecond: bandwidth,
    int8OpsPerSecond: int8,
    int16OpsPerSecond: int16,
    f32FlopsPerSecond: f32,
    bf16FlopsPerSecond: bf16,
    threads,
  };
}

/**
 * Returns the shortest duration of a step: the larger of the time for reading and the time for computing, at the peak rates
 * of the instructions that the native backend uses. Attention computes in f32, except the scores of int8 keys.
 */
export function stepLimitMs(
  { bytesRead, int8Ops, int16Ops, f32Ops, bf16Ops, attentionOps }: StepWork,
  limits: Omit<Limits, 'threads'>,
): number {
  const readSeconds = bytesRead / limits.bandwidthBytesPerSecond;
  const computeSeconds =
    int8Ops / limits.int8OpsPerSecond +
    int16Ops / limits.int16OpsPerSecond +
    (f32Ops + attentionOps) / limits.f32FlopsPerSecond +
    bf16Ops / limits.bf16FlopsPerSecond;
  return 1000 * Math.max(readSeconds, computeSeconds);
}
