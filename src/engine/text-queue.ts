// The queue between the step loop, which pushes pieces of text, and the consumer of a stream, which iterates over them. The queue
// contains at most one piece for each generated token.

type State = { readonly error: unknown } | 'open' | 'ended';

export class TextQueue implements AsyncIterableIterator<string> {
  readonly #pieces: string[] = [];
  readonly #onReturn: () => void;
  #state: State = 'open';
  readonly #pendingCalls: (() => void)[] = [];

  /** @param onReturn called if the consumer stops iterating before the end (`break`) */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  push(piece: string): void {
    if (piece === '' || this.#state !== 'open') return;
    this.#pieces.push(piece);
    this.#wake();
  }

  end(): void {
    this.#close('ended');
  }

  /** Ends the stream with an error, which is thrown after the queued pieces. */
  fail(error: unknown): void {
    this.#close({ error });
  }

  async next(): Promise<IteratorResult<string, undefined>> {
    while (this.#pieces.length === 0 && this.#state === 'open') {
      await new Promise<void>((resolve) => {
        this.#pendingCalls.push(resolve);
      });
    }
    const piece = this.#pieces.shift();
    if (piece !== undefined) return { done: false, value: piece };
    const state = this.#state;
    this.#state = 'ended'; // an error is thrown only once
    if (typeof state === 'object') throw state.error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<string, undefined>> {
    if (this.#state === 'open') this.#onReturn();
    this.#pieces.length = 0;
    this.#close('ended');
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #wake(): void {
    for (const resolve of this.#pendingCalls.splice(0)) resolve();
  }

  #close(state: State): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#wake();
  }
}
