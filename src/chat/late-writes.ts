// Writes that a store could not take when they were due: the end of an answer that its reader has seen already. They
// are tried again until they are done, in their order within a conversation, and before anything else is written there.

export type LateWrite = () => Promise<unknown>;

const AGAIN_MS = 1_000;

export class LateWrites {
  readonly #waiting = new Map<string, LateWrite[]>();
  readonly #running = new Map<string, Promise<void>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param conversation its id */
  keep(conversation: string, write: LateWrite): void {
    const writes = this.#waiting.get(conversation);
    if (writes === undefined) this.#waiting.set(conversation, [write]);
    else writes.push(write);
    this.#schedule();
  }

  /** As `keep`, of what is tried at once; resolves when that is over, whether it was done or is to be tried again. */
  async now(conversation: string, write: LateWrite): Promise<void> {
    this.keep(conversation, write);
    await this.flush(conversation).catch(() => {});
  }

  has(conversation: string): boolean {
    return this.#waiting.has(conversation);
  }

  /** The conversation is no more. */
  forget(conversation: string): void {
    this.#waiting.delete(conversation);
  }

  /** Does what waits. Rejects with what the store says, and all of it waits on then. */
  async flush(conversation: string): Promise<void> {
    const running = this.#running.get(conversation) ?? this.#run(conversation);
    this.#running.set(conversation, running);
    try {
      await running;
    } finally {
      this.#running.delete(conversation);
    }
  }

  /** Tries all of it once more. Never rejects. */
  async flushAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const conversation of [...this.#waiting.keys()]) await this.flush(conversation).catch(() => {});
    this.#schedule();
  }

  /** What is still not done is given up. */
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
    }, AGAIN_MS);
    this.#timer.unref?.();
  }
}
