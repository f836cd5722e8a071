// A template's source made ready to run.

import type { Step } from './code.ts';
import { compileTemplate } from './compile-statement.ts';
import { tokenize } from './lexer.ts';
import { parseTemplate as parse } from './parser.ts';

export interface TemplateProgram {
  readonly program: Step;
  /** strings that expressions of the template hold */
  readonly literals: readonly string[];
}

/** Throws an error that says what is wrong when `source` is not valid jinja. */
export function parseTemplate(source: string): TemplateProgram {
  const tokens = tokenize(source);
  const literals = tokens.filter(({ type }) => type === 'string').map(({ value }) => value);
  return { program: compileTemplate(parse(tokens)), literals: [...new Set(literals)] };
}
