// Queues writes that failed although their result was already shown, such as the end of an answer. The writes of a conversation
// are retried in order until they succeed, and before any other write to that conversation.

export type PendingWrite = () => Promise<unknown>;

const RETRY_MS = 1_000;

export class PendingWrites {
  readonly #queues = new Map<string, PendingWrite[]>();
  readonly #running = new Map<string, Promise<void>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Queues a write for retry. @param conversation id of the conversation */
  queue(conversation: string, write: PendingWrite): void {
    const writes = this.#queues.get(conversation);
    if (writes === undefined) this.#queues.set(conversation, [write]);
    else writes.push(write);
    this.#schedule();
  }

  /** Runs a write after the queued ones of its conversation. If it fails, it stays queued for retry. Never rejects. */
  async attempt(conversation: string, write: PendingWrite): Promise<void> {
    this.queue(conversation, write);
    await this.flush(conversation).catch(() => {});
  }

  /** Returns whether writes of the conversation are queued. */
  has(conversation: string): boolean {
    return this.#queues.has(conversation);
  }

  /** Drops the queued writes of a removed conversation. */
  discard(conversation: string): void {
    this.#queues.delete(conversation);
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
    for (const conversation of [...this.#queues.keys()]) await this.flush(conversation).catch(() => {});
    this.#schedule();
  }

  /** Stops retrying and drops all queued writes. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queues.clear();
  }

  async #run(conversation: string): Promise<void> {
    const writes = this.#queues.get(conversation) ?? [];
    for (let next = writes[0]; next !== undefined; next = writes[0]) {
      await next();
      writes.shift();
    }
    if (writes.length === 0) this.#queues.delete(conversation);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#queues.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.flushAll().catch(() => {});
    }, RETRY_MS);
    this.#timer.unref?.();
  }
}
