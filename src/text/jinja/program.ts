// A template's source made ready to run. Two things are done before the jinja library reads it: lines end as
// jinja ends them, and `generation` blocks (which mark an answer for training and print as they are) become
// plain blocks, so that the white space around them is treated as around any other.

import { type Node, parse, tokenize } from './library.ts';

export interface TemplateProgram {
  readonly program: Node;
  /** strings that expressions of the template hold */
  readonly literals: readonly string[];
}

/** Throws an error of the library when `source` is not valid jinja. */
export function parseTemplate(source: string): TemplateProgram {
  const prepared = source
    .replace(/\r\n?/g, '\n')
    .replace(/\{%(-?)\s*generation\s*(-?)%\}/g, '{%$1 if true $2%}')
    .replace(/\{%(-?)\s*endgeneration\s*(-?)%\}/g, '{%$1 endif $2%}');
  const tokens = tokenize(prepared, { lstrip_blocks: true, trim_blocks: true });
  const literals = tokens.filter(({ type }) => type === 'StringLiteral').map(({ value }) => value);
  return { program: parse(tokens), literals: [...new Set(literals)] };
}
