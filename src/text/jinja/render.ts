// A template with its variables to a text, in the environment that transformers gives to chat templates.

import { TemplateInterpreter } from './interpreter.ts';
import { Environment, type Node } from './library.ts';
import type { MarkedText } from './marked-text.ts';
import { strftime } from './strftime.ts';
import { str, toValue } from './values.ts';

export interface RenderContext {
  /** of the texts in the variables */
  readonly marked: MarkedText;
  readonly now: () => Date;
}

/** Throws an error with what the template says, or with what is wrong in it. */
export function renderProgram(
  program: Node,
  variables: Readonly<Record<string, unknown>>,
  { marked, now }: RenderContext,
): string {
  const scope = new Environment();
  const globals: Readonly<Record<string, unknown>> = {
    true: true,
    True: true,
    false: false,
    False: false,
    none: null,
    None: null,
    range,
    raise_exception: refuse,
    strftime_now: (format: string) => strftime(now(), format),
  };
  for (const [name, value] of Object.entries({ ...globals, ...variables }))
    scope.setVariable(name, toValue(value));
  return str(new TemplateInterpreter(scope, marked).run(program));
}

function refuse(message: unknown): never {
  throw new Error(String(message));
}

// What the sandbox that transformers uses allows.
const MAX_RANGE = 100_000;

function range(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (step === 0 || length > MAX_RANGE) throw new Error(`range of ${length} numbers`);
  return Array.from({ length }, (_, index) => start + index * step);
}
