// A cache of open conversations by key. While the object of a conversation is referenced anywhere, the cache returns that object:
// if a conversation had two objects, each could run a turn at the same time. The cache itself references only the most recently
// used objects.

const MAX_RECENT = 256;

export class OpenConversationCache<Value extends object> {
  readonly #recent = new Map<string, Value>();
  readonly #references = new Map<string, WeakRef<Value>>();
  readonly #finalization = new FinalizationRegistry<string>((key) => {
    if (this.#references.get(key)?.deref() === undefined) this.#references.delete(key);
  });

  get(key: string): Value | undefined {
    return this.#recent.get(key) ?? this.#references.get(key)?.deref();
  }

  /** all objects that are still referenced */
  get all(): readonly Value[] {
    return [...this.#references.values()].flatMap((reference) => reference.deref() ?? []);
  }

  /** Adds a value if it is not in the cache, and marks it as the most recently used value. */
  use(key: string, value: Value): void {
    if (this.#references.get(key)?.deref() !== value) {
      this.#references.set(key, new WeakRef(value));
      this.#finalization.register(value, key);
    }
    this.#recent.delete(key);
    this.#recent.set(key, value);
    const oldest = this.#recent.size > MAX_RECENT ? this.#recent.keys().next().value : undefined;
    if (oldest !== undefined) this.#recent.delete(oldest);
  }

  delete(key: string): void {
    this.#recent.delete(key);
    this.#references.delete(key);
  }
}
