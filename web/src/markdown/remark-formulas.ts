// Extends the Markdown parser with formulas, so that their content is not parsed as Markdown: in `\[ a_1 * b_1 \]`
// there is no emphasis, and the backslashes are not escapes. find-formulas.ts determines the candidate
// ranges; the parser excludes those inside code.

import type { Extension as FromMarkdown } from 'mdast-util-from-markdown';
import { factorySpace } from 'micromark-factory-space';
import { markdownLineEnding } from 'micromark-util-character';
import type { Code, Construct, Effects, Extension, State, TokenizeContext } from 'micromark-util-types';
import type { Processor } from 'unified';
import type { FormulaRange } from './find-formulas.ts';

declare module 'micromark-util-types' {
  interface TokenTypeMap {
    formula: 'formula';
    formulaLine: 'formulaLine';
  }
}

declare module 'mdast' {
  interface RootContentMap {
    formula: FormulaNode;
  }
}

interface FormulaNode {
  type: 'formula';
  value: string;
  data: {
    hName: string;
    hProperties: { display: boolean; source: string; value: string };
    hChildren: [];
  };
}

/** Name of the element in the HTML tree. */
export const FORMULA_ELEMENT = 'x-formula';

type FormulaRanges = ReadonlyMap<number, FormulaRange>;

const DOLLAR = 36;
const BACKSLASH = 92;
const BRACKETS: ReadonlySet<Code> = new Set([40, 41, 91, 93]);

/** @param ranges result of `findFormulas` for the text that is parsed */
export function remarkFormulas(this: Processor, ranges: FormulaRanges): void {
  const data = this.data() as { micromarkExtensions?: Extension[]; fromMarkdownExtensions?: FromMarkdown[] };
  data.micromarkExtensions = [...(data.micromarkExtensions ?? []), syntaxExtension(ranges)];
  data.fromMarkdownExtensions = [...(data.fromMarkdownExtensions ?? []), nodeExtension(ranges)];
}

function syntaxExtension(ranges: FormulaRanges): Extension {
  const text: Construct = { name: 'formula', tokenize: tokenizer(ranges, 'text') };
  const flow: Construct = { name: 'formulaFlow', concrete: true, tokenize: tokenizer(ranges, 'flow') };
  return {
    text: { [DOLLAR]: text, [BACKSLASH]: [text, { name: 'formulaStart', tokenize: keepBackslash }] },
    flow: { [DOLLAR]: flow, [BACKSLASH]: flow },
  };
}

function tokenizer(ranges: FormulaRanges, construct: 'text' | 'flow') {
  return function tokenize(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
    const self = this;
    let end = 0;
    return start;

    function start(code: Code): State | undefined {
      const range = ranges.get(self.now().offset);
      if (!range || (construct === 'flow' && !range.display)) return nok(code);
      end = range.end;
      effects.enter('formula');
      effects.enter('formulaLine');
      return inside(code);
    }

    function inside(code: Code): State | undefined {
      const { offset } = self.now();
      if (offset === end) {
        effects.exit('formulaLine');
        effects.exit('formula');
        return construct === 'text' ? ok(code) : factorySpace(effects, afterFlow, 'whitespace')(code);
      }
      // The range extends beyond the paragraph, quote or list in which it starts.
      if (code === null || offset > end) return nok(code);
      if (markdownLineEnding(code)) {
        effects.exit('formulaLine');
        return lineEnd(code);
      }
      effects.consume(code);
      return inside;
    }

    function lineEnd(code: Code): State {
      effects.enter('lineEnding');
      effects.consume(code);
      effects.exit('lineEnding');
      return lineStart;
    }

    function lineStart(code: Code): State | undefined {
      if (self.parser.lazy[self.now().line]) return nok(code);
      // micromark rejects an empty token, so an empty line has none.
      if (markdownLineEnding(code)) return lineEnd(code);
      effects.enter('formulaLine');
      return inside(code);
    }

    function afterFlow(code: Code): State | undefined {
      return code === null || markdownLineEnding(code) ? ok(code) : nok(code);
    }
  };
}

/** Keeps the backslash of an opening delimiter without a closing one, for example while the formula is streamed. */
function keepBackslash(effects: Effects, ok: State, nok: State): State {
  return (code) => {
    effects.enter('data');
    effects.consume(code);
    return (next) => {
      if (!BRACKETS.has(next)) return nok(next);
      effects.consume(next);
      effects.exit('data');
      return ok;
    };
  };
}

function nodeExtension(ranges: FormulaRanges): FromMarkdown {
  return {
    enter: {
      formula(token) {
        const source = this.sliceSerialize(token);
        const { width, display } = ranges.get(token.start.offset) ?? { width: 1, display: false };
        const value = source.slice(width, -width).trim();
        const hProperties = { display, source, value };
        const data = { hName: FORMULA_ELEMENT, hProperties, hChildren: [] as [] };
        this.enter({ type: 'formula', value, data } as FormulaNode, token);
      },
    },
    exit: {
      formula(token) {
        this.exit(token);
      },
    },
  };
}
