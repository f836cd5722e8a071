// Open conversations by key: one object for each, as long as it is referenced anywhere. With two objects, two turns could run
// at once and diverge. The most recently used ones are also kept without other references.

const MAX_RECENT = 256;

export class OpenConversationCache<Value extends object> {
  readonly #recent = new Map<string, Value>();
  readonly #known = new Map<string, WeakRef<Value>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    if (this.#known.get(key)?.deref() === undefined) this.#known.delete(key);
  });

  get(key: string): Value | undefined {
    return this.#recent.get(key) ?? this.#known.get(key)?.deref();
  }

  /** all objects that are still referenced */
  get all(): readonly Value[] {
    return [...this.#known.values()].flatMap((one) => one.deref() ?? []);
  }

  /** Adds a value, or marks it as the most recently used. */
  use(key: string, value: Value): void {
    if (this.#known.get(key)?.deref() !== value) {
      this.#known.set(key, new WeakRef(value));
      this.#collected.register(value, key);
    }
    this.#recent.delete(key);
    this.#recent.set(key, value);
    const oldest = this.#recent.size > MAX_RECENT ? this.#recent.keys().next().value : undefined;
    if (oldest !== undefined) this.#recent.delete(oldest);
  }

  delete(key: string): void {
    this.#recent.delete(key);
    this.#known.delete(key);
  }
}
