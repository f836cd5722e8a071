// Keeps answers on disk as they are written, a few times a second and all in one go, so that a crash costs the last
// moment of each and many streams cost no more than one.

import type { ConversationStore } from './conversation-store.ts';
import type { MessageNode } from './message-node.ts';

const INTERVAL_MS = 500;

export class ProgressWriter {
  readonly #store: ConversationStore;
  readonly #onFailure: (error: unknown) => void;
  readonly #answers = new Map<string, { soFar: () => MessageNode | undefined; written: number }>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** @param onFailure told when a write failed; the answer goes on, and its end is written again */
  constructor(store: ConversationStore, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  watch(answer: MessageNode, soFar: () => MessageNode | undefined): void {
    this.#answers.set(answer.id, { soFar, written: 0 });
    this.#schedule();
  }

  /** Nothing of the answer is written any more when this resolves. */
  async forget(answer: string): Promise<void> {
    this.#answers.delete(answer);
    await this.#writing;
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#answers.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#write().finally(() => this.#schedule());
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  /** Never rejects. */
  async #write(): Promise<void> {
    try {
      const grown = this.#grown();
      if (grown.length > 0) await this.#store.progress(grown);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  // An answer that cannot be told hinders no other.
  #grown(): MessageNode[] {
    const grown: MessageNode[] = [];
    for (const entry of this.#answers.values()) {
      try {
        const answer = entry.soFar();
        if (answer === undefined || answer.tokens.length === entry.written) continue;
        entry.written = answer.tokens.length;
        grown.push(answer);
      } catch (error) {
        this.#onFailure(error);
      }
    }
    return grown;
  }
}
