// The queue behind a stream of text: the step loop pushes, one consumer iterates. It holds at most one piece for each
// generated token.

type Ending = { readonly error: unknown } | 'open' | 'ended';

export class TextQueue implements AsyncIterableIterator<string> {
  readonly #pieces: string[] = [];
  readonly #onReturn: () => void;
  #ending: Ending = 'open';
  readonly #waiting: (() => void)[] = [];

  /** @param onReturn called when the consumer leaves early (`break`) */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  push(piece: string): void {
    if (piece === '' || this.#ending !== 'open') return;
    this.#pieces.push(piece);
    this.#wake();
  }

  end(): void {
    this.#close('ended');
  }

  /** Ends the stream with an error, after the queued pieces. */
  fail(error: unknown): void {
    this.#close({ error });
  }

  async next(): Promise<IteratorResult<string, undefined>> {
    while (this.#pieces.length === 0 && this.#ending === 'open') {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    const piece = this.#pieces.shift();
    if (piece !== undefined) return { done: false, value: piece };
    const ending = this.#ending;
    this.#ending = 'ended'; // an error is thrown once
    if (typeof ending === 'object') throw ending.error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<string, undefined>> {
    if (this.#ending === 'open') this.#onReturn();
    this.#pieces.length = 0;
    this.#close('ended');
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #close(ending: Ending): void {
    if (this.#ending !== 'open') return;
    this.#ending = ending;
    this.#wake();
  }
}
