// Limits the texts whose embeddings are computed at the same time, so that answers of other requests start at once and calls with
// many texts do not fill the queue of the scheduler. A call waits for one slot at a time, so calls of the same priority take turns.

import { QuireError } from '../base/errors.ts';

interface Waiter {
  readonly priority: number;
  readonly start: () => void;
}

export class EmbeddingSlots {
  readonly #waiting: Waiter[] = []; // in order of arrival
  readonly #maxWaiting: number;
  #free: number;

  constructor(count: number, maxWaiting: number) {
    this.#free = count;
    this.#maxWaiting = maxWaiting;
  }

  /** Waits for a slot. Rejects with `busy` if too many calls wait, or with the reason of `signal`. */
  async acquire(priority: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    if (this.#waiting.length >= this.#maxWaiting)
      throw new QuireError('busy', `${this.#waiting.length} calls wait to compute embeddings`, 'retry later');
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal.reason);
      };
      const waiter = {
        priority,
        start: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiter);
    });
  }

  /** Gives the slot to the first of the calls with the highest priority. */
  release(): void {
    const highest = Math.max(...this.#waiting.map(({ priority }) => priority));
    const [next] = this.#waiting.splice(
      this.#waiting.findIndex(({ priority }) => priority === highest),
      this.#waiting.length === 0 ? 0 : 1,
    );
    if (next === undefined) this.#free++;
    else next.start();
  }
}
