// A value that changes by actions, readable at any time: what arrives over the socket is acted on at once, and
// React is told afterwards.

export class Store<State, Action> {
  #state: State;
  readonly #reduce: (state: State, action: Action) => State;
  readonly #listeners = new Set<() => void>();

  constructor(state: State, reduce: (state: State, action: Action) => State) {
    this.#state = state;
    this.#reduce = reduce;
  }

  /** A function of its own, so that React can take it as it is. */
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
