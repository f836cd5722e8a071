// Teaches the Markdown parser formulas, so that no other syntax looks into them: nothing in `\[ a_1 * b_1 \]` is
// emphasis, and its backslash is no escape. Where they stand is known beforehand (find-formulas.ts); the parser finds
// out which of those places are code, and leaves these alone.

import type { Extension as FromMarkdown } from 'mdast-util-from-markdown';
import { factorySpace } from 'micromark-factory-space';
import { markdownLineEnding } from 'micromark-util-character';
import type { Code, Construct, Effects, Extension, State, TokenizeContext } from 'micromark-util-types';
import type { Processor } from 'unified';
import type { FormulaPlace } from './find-formulas.ts';

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

/** Name of the element in the tree that is drawn. */
export const FORMULA_ELEMENT = 'x-formula';

type Places = ReadonlyMap<number, FormulaPlace>;

const DOLLAR = 36;
const BACKSLASH = 92;
const BRACKETS: ReadonlySet<Code> = new Set([40, 41, 91, 93]);

/** @param places of the text that is parsed, as `findFormulas` gives them */
export function remarkFormulas(this: Processor, places: Places): void {
  const data = this.data() as { micromarkExtensions?: Extension[]; fromMarkdownExtensions?: FromMarkdown[] };
  data.micromarkExtensions = [...(data.micromarkExtensions ?? []), syntax(places)];
  data.fromMarkdownExtensions = [...(data.fromMarkdownExtensions ?? []), nodes(places)];
}

function syntax(places: Places): Extension {
  const text: Construct = { name: 'formula', tokenize: tokenizer(places, 'text') };
  const flow: Construct = { name: 'formulaFlow', concrete: true, tokenize: tokenizer(places, 'flow') };
  return {
    text: { [DOLLAR]: text, [BACKSLASH]: [text, { name: 'formulaStart', tokenize: keepBackslash }] },
    flow: { [DOLLAR]: flow, [BACKSLASH]: flow },
  };
}

function tokenizer(places: Places, where: 'text' | 'flow') {
  return function tokenize(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
    const self = this;
    let end = 0;
    return start;

    function start(code: Code): State | undefined {
      const place = places.get(self.now().offset);
      if (!place || (where === 'flow' && !place.display)) return nok(code);
      end = place.end;
      effects.enter('formula');
      effects.enter('formulaLine');
      return inside(code);
    }

    function inside(code: Code): State | undefined {
      const { offset } = self.now();
      if (offset === end) {
        effects.exit('formulaLine');
        effects.exit('formula');
        return where === 'text' ? ok(code) : factorySpace(effects, afterFlow, 'whitespace')(code);
      }
      // It would go on beyond the paragraph, the quote or the list that it began in.
      if (code === null || offset > end) return nok(code);
      if (markdownLineEnding(code)) {
        effects.exit('formulaLine');
        effects.enter('lineEnding');
        effects.consume(code);
        effects.exit('lineEnding');
        return lineStart;
      }
      effects.consume(code);
      return inside;
    }

    function lineStart(code: Code): State | undefined {
      if (self.parser.lazy[self.now().line]) return nok(code);
      effects.enter('formulaLine');
      return inside(code);
    }

    function afterFlow(code: Code): State | undefined {
      return code === null || markdownLineEnding(code) ? ok(code) : nok(code);
    }
  };
}

/** A formula that has no end yet stays as it was written, instead of losing its backslash. */
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

function nodes(places: Places): FromMarkdown {
  return {
    enter: {
      formula(token) {
        const source = this.sliceSerialize(token);
        const { width, display } = places.get(token.start.offset) ?? { width: 1, display: false };
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
