'use client';

import { type ReactNode, useState } from 'react';

export default function Page(): ReactNode {
  const [answer, setAnswer] = useState('');

  async function ask(form: FormData): Promise<void> {
    const question = String(form.get('question'));
    const response = await fetch(`/api/ask?${new URLSearchParams({ question })}`);
    setAnswer('');
    const text = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await text.read(); !part.done; part = await text.read()) {
      const { value } = part;
      setAnswer((shown) => shown + value);
    }
  }

  return (
    <form action={ask}>
      <input name="question" aria-label="question" defaultValue="What is the capital of France?" />
      <button type="submit">Ask</button>
      <p>{answer}</p>
    </form>
  );
}
