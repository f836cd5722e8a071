// The tokens generated for each request, so that every later answer to it can be compared.

export class KnownAnswers {
  /** requests that were answered with no other request running */
  alone = 0;
  compared = 0;
  differing = 0;
  readonly #tokens = new Map<number, string>();

  /** Stores the answer that a request receives when no other request runs. */
  store(request: number, tokens: readonly number[]): void {
    this.#tokens.set(request, tokens.join());
    this.alone++;
  }

  /** Compares an answer with the stored one, or stores it where there is none. */
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
