// Writes running answers to disk twice a second, all in one transaction: a crash loses at most half a second of each answer,
// and many streams cost about as much as one.

import type { ConversationStore } from './conversation-store.ts';
import type { MessageNode } from './message-node.ts';

const INTERVAL_MS = 500;

export class ProgressWriter {
  readonly #store: ConversationStore;
  readonly #onFailure: (error: unknown) => void;
  readonly #answers = new Map<string, { soFar: () => MessageNode | undefined; written: number }>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** @param onFailure called when a write fails; the answer continues, and it is written completely at its end */
  constructor(store: ConversationStore, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  watch(answer: MessageNode, soFar: () => MessageNode | undefined): void {
    this.#answers.set(answer.id, { soFar, written: 0 });
    this.#schedule();
  }

  /** Stops writing an answer. Resolves after the last write. */
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

  // An error in one answer does not affect the others.
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
