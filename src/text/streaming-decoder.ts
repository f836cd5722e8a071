// Incremental detokenizer. A token may end within a character: the bytes of an incomplete character are held back until
// the rest arrives. `push` of all ids and `flush` together return the same text as `decode` of the whole list.

import type { Tokenizer } from './tokenizer.ts';

export interface StreamingDecoder {
  /** Returns the text that `id` completes; often empty. */
  push(id: number): string;
  /** Returns the remaining text; an incomplete character becomes U+FFFD. */
  flush(): string;
}

export function createStreamingDecoder(tokenizer: Tokenizer): StreamingDecoder {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  // Encoding adds a space before the text, so the first space of the output is removed.
  let isAtStart = tokenizer.leadingSpace;
  const emit = (text: string): string => {
    if (!isAtStart || text === '') return text;
    isAtStart = false;
    return text.startsWith(' ') ? text.slice(1) : text;
  };
  return {
    push: (id) => emit(decoder.decode(tokenizer.bytes(id), { stream: true })),
    flush: () => emit(decoder.decode()),
  };
}
