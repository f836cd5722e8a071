// Copies a text to the clipboard: the Markdown source of an answer, or a code block.

import { useEffect, useState } from 'react';
import { runInBackground } from '../browser/run-in-background.ts';
import { useTexts } from '../texts/language.ts';
import { CheckIcon, CopyIcon } from './icons.tsx';

const CONFIRMATION_MS = 1600;

export function CopyButton({ text }: { readonly text: string }) {
  const texts = useTexts();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), CONFIRMATION_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const label = copied ? texts.copied : texts.copy;
  return (
    <button
      type="button"
      className="icon-button"
      onClick={() => runInBackground(copy(text).then(setCopied))}
      aria-label={label}
      title={label}
    >
      {copied ? <CheckIcon /> : <CopyIcon />}
    </button>
  );
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** Copies without the clipboard API, which browsers offer on HTTPS and localhost only. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  return copied;
}
