// A template's source made ready to run.

import { compileTemplate } from './compile/compile-statement.ts';
import type { CompiledStatement } from './compile/compiled.ts';
import { tokenize } from './parse/lexer.ts';
import { parseTemplate as parse } from './parse/parser.ts';

export interface TemplateProgram {
  readonly statement: CompiledStatement;
  /** strings that expressions of the template hold */
  readonly stringLiterals: readonly string[];
}

/** Throws an error that says what is wrong when `source` is not valid jinja. */
export function parseTemplate(source: string): TemplateProgram {
  const tokens = tokenize(source);
  const literals = tokens.filter(({ type }) => type === 'string').map(({ value }) => value);
  return { statement: compileTemplate(parse(tokens)), stringLiterals: [...new Set(literals)] };
}
