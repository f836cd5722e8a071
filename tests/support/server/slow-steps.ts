// Slow engine steps, so that a test can act during an answer.

/** Returns engine options with which each step computes one token and blocks the thread for `ms`. */
export function slowSteps(ms: number) {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const onStep = (): void => {
    Atomics.wait(cell, 0, 0, ms);
  };
  return { stepTokens: 1, onStep } as const;
}
