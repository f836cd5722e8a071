// Most of what a template does is done at once. What takes longer is a generator that pauses (base/steps.ts): it is
// begun at once too, and only where it comes to a pause its result is something that comes later.

import type { Steps } from '../../base/steps.ts';

export class Later<T> {
  readonly #steps: Steps<T>;

  constructor(steps: Steps<T>) {
    this.#steps = steps;
  }

  /** The rest of the work, which begins with the pause that it came to. */
  *rest(): Steps<T> {
    yield;
    return yield* this.#steps;
  }
}

/** Works to the end, or to the first pause. */
export function begin<T>(steps: Steps<T>): T | Later<T> {
  const step = steps.next();
  return step.done === true ? step.value : new Later(steps);
}

/** What was given at once, or what comes of the rest. */
export function* settled<T>(result: T | Later<T>): Steps<T> {
  return result instanceof Later ? yield* result.rest() : result;
}

/** What `next` makes of a result, at once or when it comes. */
export function after<A, B>(result: A | Later<A>, next: (value: A) => B | Later<B>): B | Later<B> {
  return result instanceof Later ? begin(chained(result, next)) : next(result);
}

function* chained<A, B>(later: Later<A>, next: (value: A) => B | Later<B>): Steps<B> {
  return yield* settled(next(yield* later.rest()));
}
