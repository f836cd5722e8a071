// Code of an answer, with the name of its language and a button that copies it and nothing else.

import { type ReactNode, useEffect, useState } from 'react';
import { inBackground } from '../browser/in-background.ts';
import { CopyButton } from '../components/copy-button.tsx';

interface CodeBlockProps {
  readonly code: string;
  /** as the model named it; empty where it did not */
  readonly language: string;
}

/** Beyond this it stays in one colour: the work is done on the thread that also takes the keys. */
const LONGEST_COLOURED = 20_000;
/** While code is being written it changes sooner than this. */
const PAUSE_MS = 200;

export function CodeBlock({ code, language }: CodeBlockProps) {
  const coloured = useColours(code, language);
  return (
    <div className="code-block" dir="ltr">
      <div className="code-head">
        <span className="code-language">{language}</span>
        <CopyButton text={code} />
      </div>
      <pre>
        <code>{coloured ?? code}</code>
      </pre>
    </div>
  );
}

interface Coloured {
  readonly code: string;
  readonly language: string;
  readonly content: ReactNode;
}

function useColours(code: string, language: string): ReactNode | undefined {
  const [coloured, setColoured] = useState<Coloured>();
  useEffect(() => {
    if (language === '' || code.length > LONGEST_COLOURED) return;
    let ended = false;
    const colour = async (): Promise<void> => {
      // Where it cannot be loaded, code is readable without.
      const loaded = await import('./highlight.ts').catch(() => undefined);
      const content = ended ? undefined : loaded?.highlight(code, language);
      if (content !== undefined) setColoured({ code, language, content });
    };
    const timer = setTimeout(() => inBackground(colour()), PAUSE_MS);
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [code, language]);
  return coloured?.code === code && coloured.language === language ? coloured.content : undefined;
}
