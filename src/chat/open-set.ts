// The conversations that are open, one object for each as long as anybody has it: two would both take a turn, and each
// would know nothing of the other's. The last used are kept for who comes back.

const MOST_RECENT = 256;

export class OpenSet<Value extends object> {
  readonly #recent = new Map<string, Value>();
  readonly #known = new Map<string, WeakRef<Value>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    if (this.#known.get(key)?.deref() === undefined) this.#known.delete(key);
  });

  get(key: string): Value | undefined {
    return this.#recent.get(key) ?? this.#known.get(key)?.deref();
  }

  /** All that anybody has, those that were used last included. */
  get all(): readonly Value[] {
    return [...this.#known.values()].flatMap((one) => one.deref() ?? []);
  }

  /** Keeps it as the last used. */
  use(key: string, value: Value): void {
    if (this.#known.get(key)?.deref() !== value) {
      this.#known.set(key, new WeakRef(value));
      this.#collected.register(value, key);
    }
    this.#recent.delete(key);
    this.#recent.set(key, value);
    const oldest = this.#recent.size > MOST_RECENT ? this.#recent.keys().next().value : undefined;
    if (oldest !== undefined) this.#recent.delete(oldest);
  }

  delete(key: string): void {
    this.#recent.delete(key);
    this.#known.delete(key);
  }
}
