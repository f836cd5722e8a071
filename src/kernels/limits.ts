// The two numbers that bound every engine on a machine: how fast all threads together read memory, and how many
// operations they do in registers.

export interface Limits {
  /** all threads reading a buffer several times the last cache */
  readonly bandwidthBytesPerSecond: number;
  /** integer dot products of bytes, each multiply and each add counted */
  readonly int8OpsPerSecond: number;
  /** fused multiply-adds, each counted twice */
  readonly f32FlopsPerSecond: number;
  /** as the kernels multiply bf16 weights: by f32 where the processor has no dot products of bf16 */
  readonly bf16FlopsPerSecond: number;
  readonly threads: number;
}
