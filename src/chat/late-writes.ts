// Writes that failed although their result was already shown, such as the end of an answer. They are retried until they
// succeed, in order within a conversation, and before any other write to it.

export type LateWrite = () => Promise<unknown>;

const RETRY_MS = 1_000;

export class LateWrites {
  readonly #waiting = new Map<string, LateWrite[]>();
  readonly #running = new Map<string, Promise<void>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Queues a write for retry. @param conversation its id */
  keep(conversation: string, write: LateWrite): void {
    const writes = this.#waiting.get(conversation);
    if (writes === undefined) this.#waiting.set(conversation, [write]);
    else writes.push(write);
    this.#schedule();
  }

  /** Tries a write at once and queues it for retry if it fails. Never rejects. */
  async now(conversation: string, write: LateWrite): Promise<void> {
    this.keep(conversation, write);
    await this.flush(conversation).catch(() => {});
  }

  has(conversation: string): boolean {
    return this.#waiting.has(conversation);
  }

  /** Drops the writes of a removed conversation. */
  forget(conversation: string): void {
    this.#waiting.delete(conversation);
  }

  /** Runs the queued writes of a conversation. Rejects with the first error; the remaining writes stay queued. */
  async flush(conversation: string): Promise<void> {
    const running = this.#running.get(conversation) ?? this.#run(conversation);
    this.#running.set(conversation, running);
    try {
      await running;
    } finally {
      this.#running.delete(conversation);
    }
  }

  /** Retries the queued writes of all conversations once. Never rejects. */
  async flushAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const conversation of [...this.#waiting.keys()]) await this.flush(conversation).catch(() => {});
    this.#schedule();
  }

  /** Stops retrying and drops all queued writes. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }

  async #run(conversation: string): Promise<void> {
    const writes = this.#waiting.get(conversation) ?? [];
    for (let next = writes[0]; next !== undefined; next = writes[0]) {
      await next();
      writes.shift();
    }
    if (writes.length === 0) this.#waiting.delete(conversation);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#waiting.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.flushAll().catch(() => {});
    }, RETRY_MS);
    this.#timer.unref?.();
  }
}
