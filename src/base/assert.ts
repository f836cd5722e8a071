// Assertions of internal invariants: a failed assertion is a bug in Quire. Invalid input is reported as a QuireError.

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}
