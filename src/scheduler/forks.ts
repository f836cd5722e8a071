// Forks that wait for their parents. A fork can be requested at any time and starts with the next token of its parent. In
// the step that selects this token, another token is selected for the fork, which then shares all computed blocks of the
// parent. If the step has no row or slot for the fork, or if the parent ends before the step, the fork runs independently,
// with the tokens that the parent had when the fork was requested.
//
//   attach -> detach -> begin      the fork starts with the next token of its parent
//          -> release              no row or slot is free, or the parent ended: the fork runs independently
//             detach -> release    the parent ended during the step
//          -> cancel               the fork itself ended

import { assert } from '../base/assert.ts';
import type { Sequence } from './sequence.ts';

interface Origin {
  readonly parent: Sequence;
  /** number of tokens of the parent when the fork was requested */
  readonly length: number;
}

export class Forks {
  readonly #attached = new Map<Sequence, Sequence[]>(); // the forks of each parent, in order of request
  readonly #origins = new Map<Sequence, Origin>(); // for attached and detached forks

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
    assert(
      parent.salt === fork.salt && parent.adapter === fork.adapter,
      'a fork must have the salt and the adapter of its parent',
    );
    assert(fork.state === 'waiting' && !this.#origins.has(fork), 'a fork is attached twice');
    this.#origins.set(fork, { parent, length: parent.length });
    const forks = this.#attached.get(parent);
    if (forks === undefined) this.#attached.set(parent, [fork]);
    else forks.push(fork);
  }

  /** Detaches and returns at most `maxCount` forks of `parent`, oldest request first. The others stay attached. */
  detach(parent: Sequence, maxCount: number): Sequence[] {
    const forks = this.#attached.get(parent);
    if (forks === undefined) return [];
    const detached = forks.splice(0, Math.max(0, maxCount));
    if (forks.length === 0) this.#attached.delete(parent);
    return detached;
  }

  /** Copies all tokens of `parent` to a detached fork. */
  begin(fork: Sequence, parent: Sequence): void {
    this.#adoptTokens(fork, parent, parent.length);
  }

  /**
   * Detaches and returns all forks of `parent`. They run independently, with the tokens that the parent had when each fork
   * was requested.
   */
  releaseAll(parent: Sequence): Sequence[] {
    return this.release(this.detach(parent, Number.POSITIVE_INFINITY));
  }

  /** Returns the detached forks that have not ended. They run independently, as after `releaseAll`. */
  release(detached: readonly Sequence[]): Sequence[] {
    const released = detached.filter(({ state }) => state !== 'finished');
    for (const fork of released) {
      const origin = this.#origins.get(fork);
      assert(origin !== undefined, 'a fork is released twice');
      this.#adoptTokens(fork, origin.parent, origin.length);
    }
    return released;
  }

  /** Must be called when a sequence ends: removes the sequence if it is a fork that has not started. */
  cancel(fork: Sequence): void {
    const origin = this.#origins.get(fork);
    if (origin === undefined) return;
    this.#origins.delete(fork);
    const siblings = this.#attached.get(origin.parent);
    const index = siblings?.indexOf(fork);
    if (siblings === undefined || index === undefined || index < 0) return; // the fork is detached
    siblings.splice(index, 1);
    if (siblings.length === 0) this.#attached.delete(origin.parent);
  }

  // Forks that were requested of `fork` before it started also get the new tokens.
  #adoptTokens(fork: Sequence, parent: Sequence, length: number): void {
    this.#origins.delete(fork);
    fork.adoptTokens(parent, length);
    for (const child of this.#attached.get(fork) ?? []) {
      this.#origins.set(child, { parent: fork, length: fork.length });
    }
  }
}
