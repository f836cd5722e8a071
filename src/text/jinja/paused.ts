// Most operations of a template end without a pause. Longer operations are generators (base/steps.ts). A
// generator runs immediately until it ends or pauses. If it pauses, the caller gets a `Paused` instead of the
// result. So short operations need no generator.

import type { Steps } from '../../base/steps.ts';

export class Paused<T> {
  readonly #steps: Steps<T>;

  constructor(steps: Steps<T>) {
    this.#steps = steps;
  }

  /** Pauses, then runs the remaining operation. */
  *resume(): Steps<T> {
    yield;
    return yield* this.#steps;
  }
}

/** Runs a generator to its end or its first pause. */
export function runUntilPause<T>(steps: Steps<T>): T | Paused<T> {
  const step = steps.next();
  return step.done === true ? step.value : new Paused(steps);
}

/** Returns `result`, or the result of continuing it if it is paused. */
export function* resultOf<T>(result: T | Paused<T>): Steps<T> {
  return result instanceof Paused ? yield* result.resume() : result;
}

/** Applies `next` to `result`: at once, or after the operation has ended if it is paused. */
export function chain<A, B>(result: A | Paused<A>, next: (value: A) => B | Paused<B>): B | Paused<B> {
  return result instanceof Paused ? runUntilPause(resumeAndChain(result, next)) : next(result);
}

function* resumeAndChain<A, B>(paused: Paused<A>, next: (value: A) => B | Paused<B>): Steps<B> {
  return yield* resultOf(next(yield* paused.resume()));
}
