// Forks that wait for their parents. A fork is asked for at any time and begins when the next token of its parent is
// chosen: in that step it gets a row of logits of its own, and from then on all blocks that the parent has computed.
// Where a step has no row or no place for it, or its parent ends before, it goes on by itself, as a sequence whose text
// is what its parent had when it was asked for.
//
//   attach -> take -> begin        the usual way
//          -> release              by itself: there was no room, or the parent ended
//                 -> release       the parent ended while the step ran
//          -> cancel               the fork itself ended

import { assert } from '../base/assert.ts';
import type { Sequence } from './sequence.ts';

interface Origin {
  readonly parent: Sequence;
  /** tokens of the parent when the fork was asked for */
  readonly length: number;
}

export class Forks {
  readonly #attached = new Map<Sequence, Sequence[]>(); // by parent, in the order in which they were asked for
  readonly #origins = new Map<Sequence, Origin>(); // of those that are attached, and of those that are taken

  /** forks that wait for the next token of their parents */
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
    assert(parent.salt === fork.salt, 'a fork has the salt of its parent');
    assert(fork.state === 'waiting' && !this.#origins.has(fork), 'a sequence becomes a fork twice');
    this.#origins.set(fork, { parent, length: parent.length });
    const forks = this.#attached.get(parent);
    if (forks === undefined) this.#attached.set(parent, [fork]);
    else forks.push(fork);
  }

  /** At most `most` forks of `parent`, which begin with its next token; the others stay attached. */
  take(parent: Sequence, most: number): Sequence[] {
    const forks = this.#attached.get(parent);
    if (forks === undefined) return [];
    const taken = forks.splice(0, Math.max(0, most));
    if (forks.length === 0) this.#attached.delete(parent);
    return taken;
  }

  /** `fork` was taken, and has all tokens of `parent` now. */
  begin(fork: Sequence, parent: Sequence): void {
    this.#adoptTokens(fork, parent, parent.length);
  }

  /** @returns all forks that are attached to `parent`: they go on by themselves, with what it had */
  releaseAll(parent: Sequence): Sequence[] {
    return this.release(this.take(parent, Number.POSITIVE_INFINITY));
  }

  /** @returns those of the forks `taken` that have not ended: they go on by themselves, with what their parent had */
  release(taken: readonly Sequence[]): Sequence[] {
    const released = taken.filter(({ state }) => state !== 'finished');
    for (const fork of released) {
      const origin = this.#origins.get(fork);
      assert(origin !== undefined, 'a fork is released twice');
      this.#adoptTokens(fork, origin.parent, origin.length);
    }
    return released;
  }

  /** `fork` ended, if it was one that has not begun. */
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

  // What was asked for as a fork of `fork` meanwhile has its new tokens too.
  #adoptTokens(fork: Sequence, parent: Sequence, length: number): void {
    this.#origins.delete(fork);
    fork.adoptTokens(parent, length);
    for (const own of this.#attached.get(fork) ?? []) {
      this.#origins.set(own, { parent: fork, length: fork.length });
    }
  }
}
