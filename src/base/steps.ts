// Long computations are generators that yield at short intervals. `finish` runs a computation without a pause, like an
// ordinary function; `finishInSlices` runs it in time slices and lets the event loop run in between. Both functions
// execute the same code and therefore return the same result.

/** A computation that can be paused at each `yield`; its return value is the result. */
export type Steps<T> = Generator<void, T, void>;

export interface SliceOptions {
  /** length of a time slice, 2 by default; a slice ends at the first `yield` after it */
  readonly budgetMs?: number;
  /** a clock in milliseconds, from any origin */
  readonly now?: () => number;
  /** resolves when the next slice may begin */
  readonly waitForSlice?: () => Promise<void>;
  /** stops the computation, which then rejects with the signal's reason */
  readonly signal?: AbortSignal | undefined;
}

/** Runs `steps` to the end without a pause. */
export function finish<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/**
 * Runs `steps` to the end in time slices. All computations that run at the same time share the budget: one iteration of
 * the event loop spends about `budgetMs` on them together. Rejects with what `steps` throws.
 */
export async function finishInSlices<T>(steps: Steps<T>, options: SliceOptions = {}): Promise<T> {
  const { budgetMs = 2, now = () => performance.now(), waitForSlice = nextSlice, signal } = options;
  if (spentMs >= budgetMs) await waitForSlice();
  let start = now();
  signal?.throwIfAborted();
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      const tookMs = now() - start;
      if (tookMs < budgetMs) continue;
      addSpentTime(tookMs);
      await waitForSlice();
      start = now();
      signal?.throwIfAborted();
    }
  } finally {
    addSpentTime(now() - start);
  }
}

// Time spent in the current iteration of the event loop, and the queue of computations that wait for a slice.
let spentMs = 0;
let scheduled = false;
const waitingCalls: (() => void)[] = [];

function addSpentTime(tookMs: number): void {
  spentMs += tookMs;
  scheduleSlice();
}

function scheduleSlice(): void {
  if (scheduled) return;
  scheduled = true;
  afterIteration(() => {
    scheduled = false;
    spentMs = 0;
    const first = waitingCalls.shift();
    if (waitingCalls.length > 0) scheduleSlice();
    first?.();
  });
}

/** Resolves in a later iteration of the event loop: one call per iteration, in the order of the calls. */
export function nextSlice(): Promise<void> {
  return new Promise((resolve) => {
    waitingCalls.push(resolve);
    scheduleSlice();
  });
}

// setImmediate in Node, a MessageChannel in browsers (Node's declarations lack the members that both have).
interface Platform {
  readonly setImmediate?: (callback: () => void) => void;
  readonly MessageChannel: new () => {
    readonly port1: { onmessage?: () => void; close(): void };
    readonly port2: { postMessage(message: undefined): void };
  };
}

/** Resolves in the next iteration of the event loop. */
export const yieldToEventLoop = (): Promise<void> => new Promise(afterIteration);

// A timer would wait for at least one millisecond, in browsers for four. In Node a message is no substitute for
// setImmediate: it can be delivered twice within one iteration of the event loop.
function afterIteration(callback: () => void): void {
  const { setImmediate, MessageChannel } = globalThis as unknown as Platform;
  if (setImmediate !== undefined) {
    setImmediate(callback);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    callback();
  };
  port2.postMessage(undefined);
}
