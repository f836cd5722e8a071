// Encodes a rendering to token ids. If it continues an earlier encoding, those ids are kept (sampled ones among them) and
// only the rest is encoded.

import type { Steps } from '../../base/steps.ts';
import type { ChatEncoding } from '../../completion/chat-message.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { GuardedText } from './special-guard.ts';

export interface RenderingOptions {
  readonly previous: ChatEncoding | undefined;
  /** a rendering without `previous` is rejected if it has this many tokens or more */
  readonly holds: number | undefined;
}

/** Returns the ids of a rendering. If it continues `previous`, only the rest is encoded, after the ids of `previous`. */
export function* encodeRendering(
  tokenizer: Tokenizer,
  rendering: GuardedText,
  { previous, holds }: RenderingOptions,
): Steps<ChatEncoding> {
  const { text, isMeant } = rendering;
  if (previous !== undefined && previous.tokens.length > 0 && text.startsWith(previous.text)) {
    return { text, tokens: yield* encodeContinuation(tokenizer, rendering, previous) };
  }
  // The template alone writes BOS, because models are trained on the output of their templates.
  return { text, tokens: yield* tokenizer.encodeSteps(text, { special: 'parse', isMeant, holds }) };
}

// If the history ends with a special token, the rest is encoded together with that token: the token may strip white space
// after it, and the first piece of text may differ after a token.
function* encodeContinuation(
  tokenizer: Tokenizer,
  { text, isMeant }: GuardedText,
  previous: ChatEncoding,
): Steps<number[]> {
  const last = previous.tokens.at(-1) ?? -1;
  const special = tokenizer.isSpecial(last);
  const spelling = special && previous.text.endsWith(tokenizer.piece(last)) ? tokenizer.piece(last) : '';
  const encodeFrom = (start: number): Steps<number[]> =>
    tokenizer.encodeSteps(text.slice(start), {
      special: 'parse',
      isMeant: (from, to, literal) => isMeant(start + from, start + to, literal),
      place: special ? 'after-token' : 'inside',
    });
  if (spelling !== '') {
    const [first, ...rest] = yield* encodeFrom(previous.text.length - spelling.length);
    if (first === last) return [...previous.tokens, ...rest];
  }
  return [...previous.tokens, ...(yield* encodeFrom(previous.text.length))];
}
