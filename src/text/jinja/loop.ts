// Loops: the variable `loop` that each round sees, and the way out of one.

import { isDict, toValue, UNDEFINED, type Value } from './values.ts';

/** `loop` in the round of `items[index]`. */
export function loopValue(items: readonly Value[], index: number): Value {
  const left = items.length - index;
  const loop = toValue({
    index: index + 1,
    index0: index,
    revindex: left,
    revindex0: left - 1,
    first: index === 0,
    last: left === 1,
    length: items.length,
    depth: 1,
    depth0: 0,
    cycle: (...choices: readonly unknown[]) => choices[index % choices.length],
  });
  if (isDict(loop)) {
    loop.value.set('previtem', items[index - 1] ?? UNDEFINED);
    loop.value.set('nextitem', items[index + 1] ?? UNDEFINED);
  }
  return loop;
}

/** Thrown by `break` and `continue`; carries what the round had printed. */
export class LoopExit extends Error {
  readonly kind: 'break' | 'continue';
  printed = '';

  constructor(kind: 'break' | 'continue') {
    super(`${kind} outside of a loop`);
    this.kind = kind;
  }
}
