// A minimal store: a state that a reducer changes, with synchronous reads and subscriptions for React. Reads are
// synchronous because code that handles a socket event needs the new state at once.

export class Store<State, Action> {
  #state: State;
  readonly #reduce: (state: State, action: Action) => State;
  readonly #listeners = new Set<() => void>();

  constructor(state: State, reduce: (state: State, action: Action) => State) {
    this.#state = state;
    this.#reduce = reduce;
  }

  /** An arrow function, so that it can be passed to useSyncExternalStore unbound. */
  readonly get = (): State => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  dispatch(action: Action): void {
    this.#state = this.#reduce(this.#state, action);
    for (const listener of this.#listeners) listener();
  }
}
