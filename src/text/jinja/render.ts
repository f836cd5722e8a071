// A template with its variables to a text, in the environment that transformers gives to chat templates.

import { finish, type Steps } from '../../base/steps.ts';
import { TextBuilder } from '../string-builder.ts';
import { Budget, MAX_DATA_DEPTH } from './budget.ts';
import { applyFilter, hasFilter } from './builtins/filters.ts';
import { GLOBALS } from './builtins/globals.ts';
import { runTest } from './builtins/value-tests.ts';
import type { Step } from './compile/compiled.ts';
import { Frame } from './compile/frame.ts';
import { raise } from './errors.ts';
import { settled } from './paused.ts';
import type { MarkedText } from './strings/marked-strings.ts';
import { Dict } from './values/dict.ts';
import { attribute, item } from './values/members.ts';
import { int } from './values/numbers.ts';
import { Float, type Library, type Run, type Value } from './values/values.ts';

const LIBRARY: Library = { hasFilter, applyFilter, runTest, attribute, item };

export interface RenderContext {
  /** of the texts in the variables */
  readonly marked: MarkedText;
  readonly now: () => Date;
}

/** The same as `renderSteps`, without pauses. */
export const renderProgram = (
  program: Step,
  variables: Readonly<Record<string, unknown>>,
  context: RenderContext,
): string => finish(renderSteps(program, variables, context));

/** Throws an error with what the template says, with what is wrong in it, or with the limit that it meets. */
export function* renderSteps(
  program: Step,
  variables: Readonly<Record<string, unknown>>,
  { marked: given, now }: RenderContext,
): Steps<string> {
  const budget = new Budget();
  const marked = given.counted(budget);
  const names = new Map(GLOBALS);
  const run: Run = { marked, clean: marked.clean, budget, now, library: LIBRARY, names };
  for (const [name, content] of Object.entries(variables)) {
    if (content !== undefined) names.set(marked.clean(name), yield* toValue(content, run, 0));
  }
  budget.enter(program.height);
  const out = new TextBuilder();
  yield* settled(program.run(new Frame(run), out));
  return out.build();
}

/** A value from what JSON gives. */
function* toValue(content: unknown, run: Run, depth: number): Steps<Value> {
  if (typeof content === 'string' || typeof content === 'boolean') return content;
  if (typeof content === 'number')
    return Number.isInteger(content) ? int(BigInt(content)) : new Float(content);
  if (typeof content !== 'object' || content === null) return null;
  if (depth > MAX_DATA_DEPTH)
    raise('RecursionError', `values lie over ${MAX_DATA_DEPTH} levels deep in each other`);
  run.budget.step();
  if (run.budget.due()) yield;
  if (Array.isArray(content)) {
    const items: Value[] = [];
    for (const item of content) items.push(yield* toValue(item, run, depth + 1));
    return items;
  }
  const dict = new Dict();
  for (const [name, field] of Object.entries(content)) {
    if (field !== undefined) dict.set(name, yield* toValue(field, run, depth + 1), run.clean);
  }
  return dict;
}
