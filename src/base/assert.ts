// Assertions of internal invariants: one that fails is a bug in Quire. Invalid input is reported as a QuireError instead.

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}
