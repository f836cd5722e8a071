// Where loading the model stands, for callers that must answer now. The server listens before the model is
// there, so that the page opens at once and can say what it waits for.

import { asQuireError, type QuireError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';

export type EngineStatus =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly engine: Engine }
  | { readonly kind: 'failed'; readonly error: QuireError };

export class EngineState {
  readonly promise: Promise<Engine>;
  #status: EngineStatus = { kind: 'loading' };

  constructor(engine: Promise<Engine> | Engine) {
    this.promise = Promise.resolve(engine);
    this.promise.then(
      (loaded) => {
        this.#status = { kind: 'ready', engine: loaded };
      },
      (error: unknown) => {
        this.#status = { kind: 'failed', error: asQuireError(error) };
      },
    );
  }

  get status(): EngineStatus {
    return this.#status;
  }
}
