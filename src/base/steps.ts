// Long work written as a generator that pauses now and then. Run to its end at once it is an ordinary
// function; run in turns it leaves the event loop free in between. Both give the same result, because both
// are the same code.

/** Work that may pause wherever it yields; what it returns is its result. */
export type Steps<T> = Generator<void, T, void>;

export interface TurnOptions {
  /** how long to work before others get their turn; a step in progress is finished first. 2 by default */
  readonly budgetMs?: number;
  /** milliseconds from any beginning */
  readonly now?: () => number;
  /** resolves when it is this work's turn */
  readonly turn?: () => Promise<void>;
  /** leaves the rest of the work undone, and rejects with its reason */
  readonly signal?: AbortSignal | undefined;
}

/** Runs `steps` to the end without a pause. */
export function finish<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/**
 * Runs `steps` to the end, in turns with the event loop and with other work of this kind: however much of it there is, one
 * round of the loop does about `budgetMs` of it. Rejects with what `steps` throws.
 */
export async function finishInTurns<T>(steps: Steps<T>, options: TurnOptions = {}): Promise<T> {
  const { budgetMs = 2, now = () => performance.now(), turn = takeTurn, signal } = options;
  if (spentMs >= budgetMs) await turn();
  let start = now();
  signal?.throwIfAborted();
  try {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      const tookMs = now() - start;
      if (tookMs < budgetMs) continue;
      spend(tookMs);
      await turn();
      start = now();
      signal?.throwIfAborted();
    }
  } finally {
    spend(now() - start);
  }
}

// What work in turns has used of this round, and who waits for a turn, in the order in which they came.
let spentMs = 0;
let rounding = false;
const waiting: (() => void)[] = [];

function spend(tookMs: number): void {
  spentMs += tookMs;
  goRound();
}

function goRound(): void {
  if (rounding) return;
  rounding = true;
  afterRound(() => {
    rounding = false;
    spentMs = 0;
    const first = waiting.shift();
    if (waiting.length > 0) goRound();
    first?.();
  });
}

/** Resolves in a later round of the event loop, for one caller a round. */
export function takeTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    goRound();
  });
}

// What there is to wait for a turn with: setImmediate in Node, a port in browsers (Node's declarations lack
// the part of a port that both have).
interface Platform {
  readonly setImmediate?: (callback: () => void) => void;
  readonly MessageChannel: new () => {
    readonly port1: { onmessage?: () => void; close(): void };
    readonly port2: { postMessage(message: undefined): void };
  };
}

/** Resolves when the event loop has gone round. */
export const nextTurn = (): Promise<void> => new Promise(afterRound);

// Not a timer: these wait for a millisecond at least, in browsers for four. And in Node not a message: it may come twice
// before the loop has gone round once.
function afterRound(call: () => void): void {
  const { setImmediate, MessageChannel } = globalThis as unknown as Platform;
  if (setImmediate !== undefined) {
    setImmediate(call);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    call();
  };
  port2.postMessage(undefined);
}
