// The peak rates of a machine, which limit the speed of every engine: the memory bandwidth of all threads together, and the
// arithmetic throughput for operands in registers.

export interface Limits {
  /** measured with all threads reading a buffer several times the size of the last-level cache */
  readonly bandwidthBytesPerSecond: number;
  /** int8 dot products; a multiplication and an addition are two operations */
  readonly int8OpsPerSecond: number;
  /** fused multiply-adds, each of which is two operations */
  readonly f32FlopsPerSecond: number;
  /** multiplication of bf16 weights, which is computed in f32 on processors without bf16 dot products */
  readonly bf16FlopsPerSecond: number;
  readonly threads: number;
}
