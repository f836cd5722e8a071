// Parses and compiles the source of a template.

import { compileTemplate } from './compile/compile-statement.ts';
import type { CompiledStatement } from './compile/compiled.ts';
import { tokenize } from './parse/lexer.ts';
import { parseTemplate as parseTokens } from './parse/parser.ts';

export interface TemplateProgram {
  readonly statement: CompiledStatement;
  /** the string literals in the expressions of the template */
  readonly stringLiterals: readonly string[];
}

/** Throws {@link JinjaError} if `source` is not valid jinja. */
export function compileSource(source: string): TemplateProgram {
  const tokens = tokenize(source);
  const stringLiterals = tokens.filter(({ type }) => type === 'string').map(({ value }) => value);
  return { statement: compileTemplate(parseTokens(tokens)), stringLiterals: [...new Set(stringLiterals)] };
}
