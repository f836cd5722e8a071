// Renders a formula by KaTeX. A separate module, because KaTeX needs a style sheet, fonts and 270 kB of script, which are
// loaded only for an answer with a formula.

import katex from 'katex';
import 'katex/dist/katex.min.css';

/** Levels of nested elements. Chromium crashes at about a thousand levels. */
const MAX_DEPTH = 300;

/**
 * Renders a formula into `target`. Returns false if it is not valid LaTeX or nested too deeply. Model output is untrusted: no
 * links, and sizes and macro expansions are limited.
 */
export function renderFormula(value: string, display: boolean, target: HTMLElement): boolean {
  // A detached element, so that the browser does no layout.
  const rendered = document.createElement('span');
  try {
    katex.render(value, rendered, {
      displayMode: display,
      throwOnError: true,
      strict: 'ignore',
      trust: false,
      maxSize: 20,
      maxExpand: 200,
    });
  } catch {
    rendered.replaceChildren();
  }
  const isValid = rendered.firstChild !== null && depthOf(rendered) <= MAX_DEPTH;
  target.replaceChildren(...(isValid ? rendered.childNodes : []));
  return isValid;
}

/** Counts levels without recursion, because the nesting may be deep. */
function depthOf(root: Element): number {
  let depth = 0;
  let level = [...root.children];
  while (level.length > 0) {
    depth += 1;
    level = level.flatMap((element) => [...element.children]);
  }
  return depth;
}
