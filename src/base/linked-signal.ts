// An abort signal that aborts when one of several signals does. `AbortSignal.any` is not used: in Node.js 20, each signal keeps a
// reference to every signal that was derived from it, and the signals of an engine or a server live long.

export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Aborts it for another reason. */
  readonly abort: (reason: unknown) => void;
  /** Removes the listeners. The signal does not abort any more. */
  readonly unlink: () => void;
}

/** Returns a signal that aborts with the reason of the first of `signals` that aborts. Call `unlink` when it is no longer needed. */
export function linkSignals(...signals: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const onAbort = ({ target }: Event): void => controller.abort((target as AbortSignal).reason);
  const sources = signals.filter((source) => source !== undefined);
  for (const source of sources) {
    if (source.aborted) controller.abort(source.reason);
    else source.addEventListener('abort', onAbort, { once: true });
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    unlink: () => {
      for (const source of sources) source.removeEventListener('abort', onAbort);
    },
  };
}
