// Notifies listeners of changed conversations. A listener receives the changes of one owner's conversations, whichever client
// made them. An error in a listener does not make the change fail.

export type ConversationChange =
  | { readonly conversation: string; readonly updatedAt: number }
  | { readonly conversation: string; readonly deleted: true };

export type ChangeListener = (change: ConversationChange) => void;

export class ChangeFeed {
  readonly #listeners = new Map<string, Set<ChangeListener>>();

  /** Adds a listener. Returns a function that removes it. */
  listen(owner: string, listener: ChangeListener): () => void {
    const listeners = this.#listeners.get(owner) ?? new Set();
    this.#listeners.set(owner, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(owner) === listeners) this.#listeners.delete(owner);
    };
  }

  /** Notifies the owner's listeners and removes those that throw. Never throws. */
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
