// Sets a formula by KaTeX. A module of its own, because it comes with a style sheet, fonts and 270 kB of script, which
// only a page with a formula loads.

import katex from 'katex';
import 'katex/dist/katex.min.css';

/** Into `target`; false for what is not LaTeX. Model output is not trusted: no links, and all sizes are bounded. */
export function setFormula(value: string, display: boolean, target: HTMLElement): boolean {
  try {
    katex.render(value, target, {
      displayMode: display,
      throwOnError: true,
      strict: 'ignore',
      trust: false,
      maxSize: 20,
      maxExpand: 200,
    });
    return true;
  } catch {
    target.replaceChildren();
    return false;
  }
}
