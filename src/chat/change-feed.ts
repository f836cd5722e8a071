// Who is told that a conversation has changed. Each owner's listeners hear of that owner's conversations alone, whoever
// changed them; what a listener does about it may not fail the change.

export type ConversationChange =
  | { readonly conversation: string; readonly updatedAt: number }
  | { readonly conversation: string; readonly deleted: true };

export type ChangeListener = (change: ConversationChange) => void;

export class ChangeFeed {
  readonly #listeners = new Map<string, Set<ChangeListener>>();

  /** Returns what ends it. */
  listen(owner: string, listener: ChangeListener): () => void {
    const listeners = this.#listeners.get(owner) ?? new Set();
    this.#listeners.set(owner, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(owner) === listeners) this.#listeners.delete(owner);
    };
  }

  /** A listener that throws is told nothing more. Never throws. */
  publish(owner: string, change: ConversationChange): void {
    const listeners = this.#listeners.get(owner);
    for (const listener of listeners ?? []) {
      try {
        listener(change);
      } catch {
        listeners?.delete(listener);
      }
    }
  }
}
