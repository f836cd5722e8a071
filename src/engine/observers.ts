// Guards callbacks that observe the whole engine: observers of requests, steps and warnings. An error in one must not fail a
// request: it is reported once, as a warning, and the callback is not called again.

import { QuireError } from '../base/errors.ts';
import type { RequestObserver } from '../completion/request-observer.ts';

export type Warn = (warning: QuireError) => void;

/** Returns a function that calls `observe` until it throws or rejects. */
export function guarded<Args extends readonly unknown[]>(
  name: string,
  observe: ((...args: Args) => unknown) | undefined,
  warn: Warn,
): ((...args: Args) => void) | undefined {
  if (observe === undefined) return undefined;
  let works = true;
  const fail = (error: unknown): void => {
    if (!works) return;
    works = false;
    warn(observerFailed(name, error));
  };
  return (...args) => {
    if (!works) return;
    try {
      const answer = observe(...args);
      if (answer instanceof Promise) answer.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}

/**
 * Returns a guarded `onWarning`. When it fails, the failure can only be reported on standard error.
 */
export function guardedWarnings(onWarning: ((warning: QuireError) => unknown) | undefined): Warn {
  const warn = guarded('onWarning', onWarning, ({ fullLine }) => console.error(fullLine));
  return (warning) => warn?.(warning);
}

/** The observers of an engine's requests. */
export class Observers implements RequestObserver {
  readonly #all = new Set<Required<RequestObserver>>();
  readonly #warn: Warn;

  constructor(warn: Warn) {
    this.#warn = warn;
  }

  /** Adds an observer. Returns a function that removes it. */
  add(observer: RequestObserver): () => void {
    const nothing = (): void => undefined;
    const onToken = guarded('an observer', observer.onToken?.bind(observer), this.#warn) ?? nothing;
    const onEnd = guarded('an observer', observer.onEnd?.bind(observer), this.#warn) ?? nothing;
    const one = { onToken, onEnd };
    this.#all.add(one);
    return () => this.#all.delete(one);
  }

  readonly onToken: Required<RequestObserver>['onToken'] = (gapMs) => {
    for (const one of this.#all) one.onToken(gapMs);
  };

  readonly onEnd: Required<RequestObserver>['onEnd'] = (end, times) => {
    for (const one of this.#all) one.onEnd(end, times);
  };
}

function observerFailed(name: string, error: unknown): QuireError {
  const what = `${name} threw an error and is not called any more`;
  return new QuireError('observer_failed', what, 'handle errors inside it; no request was affected', {
    cause: error,
    detail: error instanceof Error ? error.message : String(error),
  });
}
