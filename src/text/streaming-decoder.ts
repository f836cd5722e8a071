// Token ids to text as they come. Tokens may end within a character: its first bytes are held back until the
// others arrive. Pushing all ids and flushing gives what `decode` gives for the whole list.

import type { Tokenizer } from './tokenizer.ts';

export interface StreamingDecoder {
  /** The text that `id` completes; often empty. */
  push(id: number): string;
  /** What is left: an unfinished character as U+FFFD. */
  flush(): string;
}

export function createStreamingDecoder(tokenizer: Tokenizer): StreamingDecoder {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  // Encoding put a space before the text: the first character, if it is one, is not part of it.
  let atStart = tokenizer.leadingSpace;
  const emit = (text: string): string => {
    if (!atStart || text === '') return text;
    atStart = false;
    return text.startsWith(' ') ? text.slice(1) : text;
  };
  return {
    push: (id) => emit(decoder.decode(tokenizer.bytes(id), { stream: true })),
    flush: () => emit(decoder.decode()),
  };
}
