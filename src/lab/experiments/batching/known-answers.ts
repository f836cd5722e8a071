// What each request's tokens were, so that every later answer to it can be compared.

export class KnownAnswers {
  /** requests that were computed with no other beside them */
  alone = 0;
  compared = 0;
  differing = 0;
  readonly #tokens = new Map<number, string>();

  /** What the request gives when it is alone. */
  learn(request: number, tokens: readonly number[]): void {
    this.#tokens.set(request, tokens.join());
    this.alone++;
  }

  /** With what it gave alone, or else the first time. */
  compare(request: number, tokens: readonly number[]): void {
    const known = this.#tokens.get(request);
    if (known === undefined) {
      this.#tokens.set(request, tokens.join());
      return;
    }
    this.compared++;
    if (known !== tokens.join()) this.differing++;
  }
}
