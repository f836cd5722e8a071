// Renders a compiled template with its variables, in the environment that transformers provides for chat templates.

import type { Steps } from '../../base/steps.ts';
import { StringBuilder } from '../string-builder.ts';
import { Budget, MAX_DATA_DEPTH } from './budget.ts';
import { applyFilter, hasFilter } from './builtins/filters.ts';
import { GLOBALS } from './builtins/globals.ts';
import { runTest } from './builtins/value-tests.ts';
import type { CompiledStatement } from './compile/compiled.ts';
import { Frame } from './compile/frame.ts';
import { raise } from './errors.ts';
import { resultOf } from './paused.ts';
import type { MarkedStrings } from './strings/marked-strings.ts';
import { Dict } from './values/dict.ts';
import { getAttribute, getItem } from './values/members.ts';
import { normalizeInt } from './values/numbers.ts';
import { Float, type RenderState, type SharedFunctions, type Value } from './values/values.ts';

const LIBRARY: SharedFunctions = { hasFilter, applyFilter, runTest, getAttribute, getItem };

export interface RenderContext {
  /** handles the control-string marks in the strings of the variables */
  readonly markedStrings: MarkedStrings;
  readonly now: () => Date;
}

/**
 * Renders a compiled template. Throws {@link JinjaError} if the template is faulty or raises an exception,
 * {@link UnsupportedFeatureError}, or {@link TooCostlyError} with the exceeded limit.
 */
export function* renderProgram(
  program: CompiledStatement,
  variables: Readonly<Record<string, unknown>>,
  { markedStrings: unchargedStrings, now }: RenderContext,
): Steps<string> {
  const budget = new Budget();
  const markedStrings = unchargedStrings.withBudget(budget);
  const { clean } = markedStrings;
  const names = new Map(GLOBALS);
  const state: RenderState = { markedStrings, clean, budget, now, library: LIBRARY, names };
  for (const [name, content] of Object.entries(variables)) {
    if (content !== undefined) names.set(clean(name), yield* toValue(content, state, 0));
  }
  budget.enter(program.height);
  const out = new StringBuilder();
  yield* resultOf(program.run(new Frame(state), out));
  return out.build();
}

/** Converts parsed JSON to a template value. */
function* toValue(content: unknown, state: RenderState, depth: number): Steps<Value> {
  if (typeof content === 'string' || typeof content === 'boolean') return content;
  if (typeof content === 'number')
    return Number.isInteger(content) ? normalizeInt(BigInt(content)) : new Float(content);
  if (typeof content !== 'object' || content === null) return null;
  if (depth > MAX_DATA_DEPTH)
    raise('RecursionError', `values are nested deeper than ${MAX_DATA_DEPTH} levels`);
  state.budget.step();
  if (state.budget.isPauseDue()) yield;
  if (Array.isArray(content)) {
    const items: Value[] = [];
    for (const item of content) items.push(yield* toValue(item, state, depth + 1));
    return items;
  }
  const dict = new Dict();
  for (const [name, field] of Object.entries(content)) {
    if (field !== undefined) dict.set(name, yield* toValue(field, state, depth + 1), state.clean);
  }
  return dict;
}
