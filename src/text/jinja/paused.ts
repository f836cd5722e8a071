// Most of what a template does is done at once. What takes longer is a generator that pauses (base/steps.ts): it is
// begun at once too, and only where it comes to a pause its result is something that comes later.

import type { Steps } from '../../base/steps.ts';

export class Paused<T> {
  readonly #steps: Steps<T>;

  constructor(steps: Steps<T>) {
    this.#steps = steps;
  }

  /** The rest of the work, which begins with the pause that it came to. */
  *resume(): Steps<T> {
    yield;
    return yield* this.#steps;
  }
}

/** Works to the end, or to the first pause. */
export function runToPause<T>(steps: Steps<T>): T | Paused<T> {
  const step = steps.next();
  return step.done === true ? step.value : new Paused(steps);
}

/** What was given at once, or what comes of the rest. */
export function* resultOf<T>(result: T | Paused<T>): Steps<T> {
  return result instanceof Paused ? yield* result.resume() : result;
}

/** What `next` makes of a result, at once or when it comes. */
export function chain<A, B>(result: A | Paused<A>, next: (value: A) => B | Paused<B>): B | Paused<B> {
  return result instanceof Paused ? runToPause(resumeAndChain(result, next)) : next(result);
}

function* resumeAndChain<A, B>(later: Paused<A>, next: (value: A) => B | Paused<B>): Steps<B> {
  return yield* resultOf(next(yield* later.resume()));
}
