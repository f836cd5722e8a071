// How a `for` runs: the rounds with `loop`, the condition that leaves items out, and calls of `loop` itself.

import type { Steps } from '../../../base/steps.ts';
import { TextBuilder } from '../../string-builder.ts';
import type { Target } from '../parse/syntax-tree.ts';
import { begin, Later, settled } from '../paused.ts';
import { itemsOfSteps } from '../values/iterate.ts';
import { isTrue } from '../values/truth.ts';
import type { Value } from '../values/values.ts';
import { assign } from './assign.ts';
import type { Code, Exit, Step } from './compiled.ts';
import type { Frame } from './frame.ts';
import { LoopState } from './loop-state.ts';

export interface ForCode {
  readonly target: Target;
  readonly items: Code;
  readonly condition: Code | undefined;
  readonly recursive: boolean;
  readonly body: Step;
  readonly otherwise: Step;
  readonly height: number;
}

/** @param depth how many calls of `loop` are around */
export function* loop(
  code: ForCode,
  value: Value,
  depth: number,
  frame: Frame,
  out: TextBuilder,
): Steps<Exit> {
  const { run } = frame;
  const items = yield* chosen(code, yield* itemsOfSteps(value, run), frame);
  const recurse = code.recursive
    ? (others: Value, deeper: number) => begin(recursed(code, others, deeper, frame))
    : undefined;
  const state = new LoopState(items, depth, recurse);
  // As in jinja, a round that ended with `continue` does not count for `else`.
  let finished = false;
  for (const [index, item] of items.entries()) {
    run.budget.step();
    if (run.budget.due()) yield;
    state.index = index;
    const round = frame.inner();
    assign(code.target, item, round);
    round.set('loop', state);
    const result = code.body.run(round, out);
    const exit = result instanceof Later ? yield* result.rest() : result;
    if (exit === 'break') break;
    if (exit === undefined) finished = true;
  }
  if (!finished) yield* settled(code.otherwise.run(frame.inner(), out));
  return undefined;
}

function* chosen(
  { target, condition }: ForCode,
  items: readonly Value[],
  frame: Frame,
): Steps<readonly Value[]> {
  if (condition === undefined) return items;
  const kept: Value[] = [];
  for (const item of items) {
    frame.run.budget.step();
    if (frame.run.budget.due()) yield;
    const round = frame.inner();
    assign(target, item, round);
    if (isTrue(yield* settled(condition.run(round)))) kept.push(item);
  }
  return kept;
}

function* recursed(code: ForCode, items: Value, depth: number, frame: Frame): Steps<Value> {
  const { budget } = frame.run;
  const out = new TextBuilder();
  budget.enter(code.height);
  yield* loop(code, items, depth, frame, out);
  budget.leave(code.height);
  return out.build();
}
