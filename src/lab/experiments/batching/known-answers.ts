// Stores the tokens generated for each request, and compares every later answer to the request with them.

export class KnownAnswers {
  /** number of requests that were answered while no other request was running */
  aloneCount = 0;
  comparedCount = 0;
  differingCount = 0;
  readonly #tokens = new Map<number, string>();

  /** Stores the answer to a request that was served alone. */
  store(request: number, tokens: readonly number[]): void {
    this.#tokens.set(request, tokens.join());
    this.aloneCount++;
  }

  /** Compares an answer with the stored answer. Stores it if no answer is stored. */
  compare(request: number, tokens: readonly number[]): void {
    const storedTokens = this.#tokens.get(request);
    if (storedTokens === undefined) {
      this.#tokens.set(request, tokens.join());
      return;
    }
    this.comparedCount++;
    if (storedTokens !== tokens.join()) this.differingCount++;
  }
}
