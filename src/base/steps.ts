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
  /** resolves after everybody else had a turn */
  readonly turn?: () => Promise<void>;
}

/** Runs `steps` to the end without a pause. */
export function finish<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}

/** Runs `steps` to the end, in turns with the event loop. Rejects with what `steps` throws. */
export async function finishInTurns<T>(steps: Steps<T>, options: TurnOptions = {}): Promise<T> {
  const { budgetMs = 2, now = () => performance.now(), turn = nextTurn } = options;
  let start = now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (now() - start < budgetMs) continue;
    await turn();
    start = now();
  }
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

/**
 * Resolves when the event loop has gone round. Not a timer: these wait for a millisecond at least, in browsers
 * for four. And in Node not a message: it may come twice before the loop has gone round once.
 */
export function nextTurn(): Promise<void> {
  const { setImmediate, MessageChannel } = globalThis as unknown as Platform;
  return new Promise((resolve) => {
    if (setImmediate !== undefined) {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
