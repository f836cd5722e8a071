// Guards callbacks that observe the whole engine: observers of requests, steps and warnings. An error in such a callback must not
// make a request fail. The error is reported once as a warning, and the callback is not called again.

import { QuireError } from '../base/errors.ts';
import type { RequestObserver } from '../completion/request-observer.ts';

export type WarningHandler = (warning: QuireError) => void;

/** Returns a function that calls `callback` until it throws or rejects. @param name name of the callback, for the warning */
export function guardCallback<Args extends readonly unknown[]>(
  name: string,
  callback: ((...args: Args) => unknown) | undefined,
  warn: WarningHandler,
): ((...args: Args) => void) | undefined {
  if (callback === undefined) return undefined;
  let hasFailed = false;
  const fail = (error: unknown): void => {
    if (hasFailed) return;
    hasFailed = true;
    warn(observerFailedError(name, error));
  };
  return (...args) => {
    if (hasFailed) return;
    try {
      const result = callback(...args);
      if (result instanceof Promise) result.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}

/** Returns an `onWarning` that never throws. If the given `onWarning` fails, the error is written to standard error. */
export function guardWarnings(onWarning: ((warning: QuireError) => unknown) | undefined): WarningHandler {
  const warn = guardCallback('onWarning', onWarning, ({ fullLine }) => console.error(fullLine));
  return (warning) => warn?.(warning);
}

/** The observers of an engine's requests. */
export class Observers implements RequestObserver {
  readonly #observers = new Set<Required<RequestObserver>>();
  readonly #warn: WarningHandler;

  constructor(warn: WarningHandler) {
    this.#warn = warn;
  }

  /** Adds an observer. Returns a function that removes the observer. */
  add(observer: RequestObserver): () => void {
    const ignore = (): void => undefined;
    const onToken = guardCallback('an observer', observer.onToken?.bind(observer), this.#warn) ?? ignore;
    const onEnd = guardCallback('an observer', observer.onEnd?.bind(observer), this.#warn) ?? ignore;
    const onEmbedding =
      guardCallback('an observer', observer.onEmbedding?.bind(observer), this.#warn) ?? ignore;
    const safeObserver = { onToken, onEnd, onEmbedding };
    this.#observers.add(safeObserver);
    return () => this.#observers.delete(safeObserver);
  }

  readonly onToken: Required<RequestObserver>['onToken'] = (gapMs) => {
    for (const observer of this.#observers) observer.onToken(gapMs);
  };

  readonly onEnd: Required<RequestObserver>['onEnd'] = (end, times) => {
    for (const observer of this.#observers) observer.onEnd(end, times);
  };

  readonly onEmbedding: Required<RequestObserver>['onEmbedding'] = (tokens) => {
    for (const observer of this.#observers) observer.onEmbedding(tokens);
  };
}

function observerFailedError(name: string, error: unknown): QuireError {
  const message = `${name} threw an error and will not be called again`;
  return new QuireError(
    'observer_failed',
    message,
    'handle errors in the callback; no request was affected',
    {
      cause: error,
      detail: error instanceof Error ? error.message : String(error),
    },
  );
}
