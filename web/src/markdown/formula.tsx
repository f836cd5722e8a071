// A formula of an answer. It shows the LaTeX source until KaTeX is loaded, or if KaTeX cannot render it.

import { memo, useLayoutEffect, useRef, useState } from 'react';
import { runInBackground } from '../browser/run-in-background.ts';

type RenderFormula = typeof import('./render-formula.ts').renderFormula;

interface FormulaProps {
  /** LaTeX of the model, with its delimiters */
  readonly source: string;
  readonly value: string;
  readonly display: boolean;
}

/** Set once KaTeX is loaded; formulas are then rendered before the first paint. */
let renderFormula: RenderFormula | undefined;

export const Formula = memo(function Formula({ source, value, display }: FormulaProps) {
  const target = useRef<HTMLSpanElement>(null);
  const [rendered, setRendered] = useState(false);
  useLayoutEffect(() => {
    let ended = false;
    const render = (renderWith: RenderFormula): void => {
      if (!ended && target.current) setRendered(renderWith(value, display, target.current));
    };
    if (renderFormula) render(renderFormula);
    else runInBackground(loadRenderer().then((loaded) => loaded && render(loaded)));
    return () => {
      ended = true;
    };
  }, [value, display]);
  return (
    <span className="formula" data-display={display} dir="ltr">
      <span ref={target} />
      {!rendered && <code>{source}</code>}
    </span>
  );
});

/** Resolves to undefined if KaTeX cannot be loaded. The page then shows the source, and the next formula tries again. */
async function loadRenderer(): Promise<RenderFormula | undefined> {
  const module = await import('./render-formula.ts').catch(() => undefined);
  renderFormula ??= module?.renderFormula;
  return renderFormula;
}
