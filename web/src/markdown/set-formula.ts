// Sets a formula by KaTeX. A module of its own, because it comes with a style sheet, fonts and 270 kB of script, which
// only a page with a formula loads.

import katex from 'katex';
import 'katex/dist/katex.min.css';

/** Elements inside each other: Chromium ends a page that lays out about a thousand. */
const DEEPEST = 300;

/**
 * Into `target`; false for what is not LaTeX, or too deep. Model output is not trusted: no links, and all sizes are
 * bounded.
 */
export function setFormula(value: string, display: boolean, target: HTMLElement): boolean {
  // Apart from the page, where nothing is laid out.
  const made = document.createElement('span');
  try {
    katex.render(value, made, {
      displayMode: display,
      throwOnError: true,
      strict: 'ignore',
      trust: false,
      maxSize: 20,
      maxExpand: 200,
    });
  } catch {
    made.replaceChildren();
  }
  const isSet = made.firstChild !== null && depthOf(made) <= DEEPEST;
  target.replaceChildren(...(isSet ? made.childNodes : []));
  return isSet;
}

/** Counted without recursion, because it may be deep. */
function depthOf(root: Element): number {
  let depth = 0;
  let level = [...root.children];
  while (level.length > 0) {
    depth += 1;
    level = level.flatMap((element) => [...element.children]);
  }
  return depth;
}
