// The empty page of a model that cannot chat. It states what the model is for, and shows an example request.

import { CodeBlock } from '../markdown/code-block.tsx';
import { useTexts } from '../texts/language.ts';

export function TextModel() {
  const texts = useTexts();
  const body = JSON.stringify({ prompt: texts.textModelPrompt, max_tokens: 50 });
  const url = new URL('v1/completions', location.href);
  const command = `curl ${url} \\\n  -H 'content-type: application/json' \\\n  -d '${body}'`;
  return (
    <section className="empty answer-text">
      <h2>{texts.textModelTitle}</h2>
      <p>{texts.textModelText}</p>
      <CodeBlock code={command} language="bash" />
    </section>
  );
}
