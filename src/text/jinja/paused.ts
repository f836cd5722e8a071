// Most operations of a template finish at once. Longer ones are generators that pause (base/steps.ts). They are started
// at once too, and only one that reaches a pause has a `Paused` in place of its result. This avoids a generator for
// every expression.

import type { Steps } from '../../base/steps.ts';

export class Paused<T> {
  readonly #steps: Steps<T>;

  constructor(steps: Steps<T>) {
    this.#steps = steps;
  }

  /** Returns the rest of the work, which starts with the pause that was reached. */
  *resume(): Steps<T> {
    yield;
    return yield* this.#steps;
  }
}

/** Runs the generator to its end or its first pause. */
export function runToPause<T>(steps: Steps<T>): T | Paused<T> {
  const step = steps.next();
  return step.done === true ? step.value : new Paused(steps);
}

/** Returns a result that is present, or runs the rest of the work to get it. */
export function* resultOf<T>(result: T | Paused<T>): Steps<T> {
  return result instanceof Paused ? yield* result.resume() : result;
}

/** Applies `next` to a result, at once or after the rest of the work. */
export function chain<A, B>(result: A | Paused<A>, next: (value: A) => B | Paused<B>): B | Paused<B> {
  return result instanceof Paused ? runToPause(resumeAndChain(result, next)) : next(result);
}

function* resumeAndChain<A, B>(later: Paused<A>, next: (value: A) => B | Paused<B>): Steps<B> {
  return yield* resultOf(next(yield* later.resume()));
}
