// Forks that wait for their parents. A fork can be requested at any time and starts with the next token of its
// parent: in that step it gets its own row of logits, and then shares all blocks that the parent has computed. If the
// step has no row or slot for the fork, or the parent ends first, the fork runs independently. It then has the tokens
// that its parent had at the time of the request.
//
//   attach -> take -> begin        the usual way
//          -> release              runs independently: no row or slot, or the parent ended
//                 -> release       the parent ended while the step ran
//          -> cancel               the fork itself ended

import { assert } from '../base/assert.ts';
import type { Sequence } from './sequence.ts';

interface Origin {
  readonly parent: Sequence;
  /** tokens of the parent when the fork was requested */
  readonly length: number;
}

export class Forks {
  readonly #attached = new Map<Sequence, Sequence[]>(); // by parent, in order of request
  readonly #origins = new Map<Sequence, Origin>(); // of attached and taken forks

  /** number of forks that wait for the next token of their parents */
  get count(): number {
    let count = 0;
    for (const forks of this.#attached.values()) count += forks.length;
    return count;
  }

  hasForks(parent: Sequence): boolean {
    return this.#attached.has(parent);
  }

  attach(parent: Sequence, fork: Sequence): void {
    assert(parent.state !== 'finished', 'a finished sequence cannot be forked');
    assert(parent.salt === fork.salt, 'a fork must have the salt of its parent');
    assert(fork.state === 'waiting' && !this.#origins.has(fork), 'a sequence is forked twice');
    this.#origins.set(fork, { parent, length: parent.length });
    const forks = this.#attached.get(parent);
    if (forks === undefined) this.#attached.set(parent, [fork]);
    else forks.push(fork);
  }

  /** Removes at most `most` forks of `parent`, which start with its next token; the others stay attached. */
  take(parent: Sequence, most: number): Sequence[] {
    const forks = this.#attached.get(parent);
    if (forks === undefined) return [];
    const taken = forks.splice(0, Math.max(0, most));
    if (forks.length === 0) this.#attached.delete(parent);
    return taken;
  }

  /** Gives a fork that was taken all tokens of `parent`. */
  begin(fork: Sequence, parent: Sequence): void {
    this.#adoptTokens(fork, parent, parent.length);
  }

  /**
   * @returns all forks attached to `parent`; they run independently, with the tokens it had when they were requested
   */
  releaseAll(parent: Sequence): Sequence[] {
    return this.release(this.take(parent, Number.POSITIVE_INFINITY));
  }

  /** @returns those of the forks `taken` that have not ended; they run independently, as in `releaseAll` */
  release(taken: readonly Sequence[]): Sequence[] {
    const released = taken.filter(({ state }) => state !== 'finished');
    for (const fork of released) {
      const origin = this.#origins.get(fork);
      assert(origin !== undefined, 'a fork is released twice');
      this.#adoptTokens(fork, origin.parent, origin.length);
    }
    return released;
  }

  /** Called when a sequence ends: removes it if it is a fork that has not started. */
  cancel(fork: Sequence): void {
    const origin = this.#origins.get(fork);
    if (origin === undefined) return;
    this.#origins.delete(fork);
    const siblings = this.#attached.get(origin.parent);
    const index = siblings?.indexOf(fork);
    if (siblings === undefined || index === undefined || index < 0) return; // it was taken
    siblings.splice(index, 1);
    if (siblings.length === 0) this.#attached.delete(origin.parent);
  }

  // Forks that were requested of `fork` in the meantime get its new tokens too.
  #adoptTokens(fork: Sequence, parent: Sequence, length: number): void {
    this.#origins.delete(fork);
    fork.adoptTokens(parent, length);
    for (const own of this.#attached.get(fork) ?? []) {
      this.#origins.set(own, { parent: fork, length: fork.length });
    }
  }
}
