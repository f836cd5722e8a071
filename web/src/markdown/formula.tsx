// A formula of an answer: its source until KaTeX is there, and for good where that cannot set it.

import { memo, useLayoutEffect, useRef, useState } from 'react';
import { inBackground } from '../browser/in-background.ts';

type SetFormula = typeof import('./set-formula.ts').setFormula;

interface FormulaProps {
  /** as the model wrote it, with its delimiters */
  readonly source: string;
  readonly value: string;
  readonly display: boolean;
}

/** Once it is loaded formulas are set before they are painted. */
let setter: SetFormula | undefined;

export const Formula = memo(function Formula({ source, value, display }: FormulaProps) {
  const target = useRef<HTMLSpanElement>(null);
  const [isSet, setIsSet] = useState(false);
  useLayoutEffect(() => {
    let ended = false;
    const set = (by: SetFormula): void => {
      if (!ended && target.current) setIsSet(by(value, display, target.current));
    };
    if (setter) set(setter);
    else inBackground(load().then((loaded) => loaded && set(loaded)));
    return () => {
      ended = true;
    };
  }, [value, display]);
  return (
    <span className="formula" data-display={display} dir="ltr">
      <span ref={target} />
      {!isSet && <code>{source}</code>}
    </span>
  );
});

/** Undefined when it cannot be had: the source is readable, and the next formula asks again. */
async function load(): Promise<SetFormula | undefined> {
  const loaded = await import('./set-formula.ts').catch(() => undefined);
  setter ??= loaded?.setFormula;
  return setter;
}
