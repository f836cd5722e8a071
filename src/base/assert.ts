// Invariants that hold unless Quire itself is wrong. Bad input is never an assertion: it is a QuireError.

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}
