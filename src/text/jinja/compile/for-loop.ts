// Runs a `for` statement: the condition that filters its items, the iterations, and recursive calls of `loop`.

import type { Steps } from '../../../base/steps.ts';
import { StringBuilder } from '../../string-builder.ts';
import type { AssignmentTarget } from '../parse/syntax-tree.ts';
import { Paused, resultOf, runUntilPause } from '../paused.ts';
import { itemsOfSteps } from '../values/iterate.ts';
import { isTrue } from '../values/truth.ts';
import type { Value } from '../values/values.ts';
import { assign } from './assign.ts';
import type { CompiledExpression, CompiledStatement, LoopExit } from './compiled.ts';
import type { Frame } from './frame.ts';
import { LoopState } from './loop-state.ts';

export interface CompiledFor {
  readonly target: AssignmentTarget;
  readonly items: CompiledExpression;
  readonly condition: CompiledExpression | undefined;
  readonly isRecursive: boolean;
  readonly body: CompiledStatement;
  readonly elseBody: CompiledStatement;
  readonly height: number;
}

/** @param depth number of enclosing calls of `loop` */
export function* runLoop(
  code: CompiledFor,
  value: Value,
  depth: number,
  frame: Frame,
  out: StringBuilder,
): Steps<LoopExit> {
  const { budget } = frame.state;
  const items = yield* filterItems(code, yield* itemsOfSteps(value, frame.state), frame);
  const recurse = code.isRecursive
    ? (nestedItems: Value, nestedDepth: number) =>
        runUntilPause(runRecursively(code, nestedItems, nestedDepth, frame))
    : undefined;
  const loopState = new LoopState(items, depth, recurse);
  // As in jinja, `else` runs unless an iteration reached the end of the body; `continue` does not reach it.
  let hasCompletedIteration = false;
  for (const [index, item] of items.entries()) {
    budget.step();
    if (budget.isPauseDue()) yield;
    loopState.index = index;
    const iteration = frame.child();
    assign(code.target, item, iteration);
    iteration.set('loop', loopState);
    const result = code.body.run(iteration, out);
    const exit = result instanceof Paused ? yield* result.resume() : result;
    if (exit === 'break') break;
    if (exit === undefined) hasCompletedIteration = true;
  }
  if (!hasCompletedIteration) yield* resultOf(code.elseBody.run(frame.child(), out));
  return undefined;
}

function* filterItems(
  { target, condition }: CompiledFor,
  items: readonly Value[],
  frame: Frame,
): Steps<readonly Value[]> {
  if (condition === undefined) return items;
  const selected: Value[] = [];
  for (const item of items) {
    frame.state.budget.step();
    if (frame.state.budget.isPauseDue()) yield;
    const iteration = frame.child();
    assign(target, item, iteration);
    if (isTrue(yield* resultOf(condition.run(iteration)))) selected.push(item);
  }
  return selected;
}

function* runRecursively(code: CompiledFor, items: Value, depth: number, frame: Frame): Steps<Value> {
  const { budget } = frame.state;
  const out = new StringBuilder();
  budget.enter(code.height);
  yield* runLoop(code, items, depth, frame, out);
  budget.leave(code.height);
  return out.build();
}
