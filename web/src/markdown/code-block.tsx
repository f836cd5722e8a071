// A code block of an answer, with the name of its language, syntax highlighting and a copy button.

import { type ReactNode, useEffect, useState } from 'react';
import { runInBackground } from '../browser/run-in-background.ts';
import { CopyButton } from '../components/copy-button.tsx';

interface CodeBlockProps {
  readonly code: string;
  /** language name written by the model; empty if there is none */
  readonly language: string;
}

/** Characters. Longer code is not highlighted, because highlighting runs on the main thread. */
const MAX_HIGHLIGHTED_LENGTH = 20_000;
/** Longer than the pauses in a streamed answer, so that only complete code is highlighted. */
const HIGHLIGHT_DELAY_MS = 200;

export function CodeBlock({ code, language }: CodeBlockProps) {
  const highlighted = useHighlighting(code, language);
  return (
    <div className="code-block" dir="ltr">
      <div className="code-head">
        <span className="code-language">{language}</span>
        <CopyButton text={code} />
      </div>
      <pre>
        <code>{highlighted ?? code}</code>
      </pre>
    </div>
  );
}

interface Highlighted {
  readonly code: string;
  readonly language: string;
  readonly content: ReactNode;
}

function useHighlighting(code: string, language: string): ReactNode | undefined {
  const [highlighted, setHighlighted] = useState<Highlighted>();
  useEffect(() => {
    if (language === '' || code.length > MAX_HIGHLIGHTED_LENGTH) return;
    let ended = false;
    const highlightCode = async (): Promise<void> => {
      // If the module cannot be loaded, the code is shown without highlighting.
      const module = await import('./highlight.ts').catch(() => undefined);
      const content = ended ? undefined : module?.highlight(code, language);
      if (content !== undefined) setHighlighted({ code, language, content });
    };
    const timer = setTimeout(() => runInBackground(highlightCode()), HIGHLIGHT_DELAY_MS);
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [code, language]);
  return highlighted?.code === code && highlighted.language === language ? highlighted.content : undefined;
}
