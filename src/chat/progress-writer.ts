// Writes running answers to disk twice a second, so that a crash loses at most half a second of each answer. All answers are
// written in one transaction, so that many answers cost about as much as one.

import type { ConversationStore } from './conversation-store.ts';
import type { MessageNode } from './message-node.ts';

const INTERVAL_MS = 500;

interface WatchedAnswer {
  readonly getPartial: () => MessageNode | undefined;
  /** number of tokens of the last write */
  writtenTokens: number;
}

export class ProgressWriter {
  readonly #store: ConversationStore;
  readonly #onFailure: (error: unknown) => void;
  readonly #answers = new Map<string, WatchedAnswer>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** @param onFailure called when a write fails; the generation continues, and its end writes the complete answer */
  constructor(store: ConversationStore, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  /** Writes an answer repeatedly. @param getPartial returns the answer so far, or undefined before its first token */
  watch(answer: MessageNode, getPartial: () => MessageNode | undefined): void {
    this.#answers.set(answer.id, { getPartial, writtenTokens: 0 });
    this.#schedule();
  }

  /** Stops writing an answer. Resolves after the last write. @param answer id of the answer */
  async stop(answer: string): Promise<void> {
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
      const answers = this.#answersWithNewTokens();
      if (answers.length > 0) await this.#store.progress(answers);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  // Returns the answers with tokens that are not yet written. An error in one answer does not affect the others.
  #answersWithNewTokens(): MessageNode[] {
    const answers: MessageNode[] = [];
    for (const entry of this.#answers.values()) {
      try {
        const answer = entry.getPartial();
        if (answer === undefined || answer.tokens.length === entry.writtenTokens) continue;
        entry.writtenTokens = answer.tokens.length;
        answers.push(answer);
      } catch (error) {
        this.#onFailure(error);
      }
    }
    return answers;
  }
}
