// The limits of a machine that bound every engine: memory bandwidth of all threads together, and arithmetic
// throughput in registers.

export interface Limits {
  /** measured with all threads reading a buffer several times the size of the last-level cache */
  readonly bandwidthBytesPerSecond: number;
  /** int8 dot products; a multiply and an add count as two */
  readonly int8OpsPerSecond: number;
  /** fused multiply-adds, each counted twice */
  readonly f32FlopsPerSecond: number;
  /** for bf16 weights as the kernels multiply them: in f32 on processors without bf16 dot products */
  readonly bf16FlopsPerSecond: number;
  readonly threads: number;
}
