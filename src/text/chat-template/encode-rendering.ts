// What a template printed to token ids. Where it continues what is encoded already, the ids of that stay as
// they are (sampled ones among them) and only the rest is encoded.

import type { Steps } from '../../base/steps.ts';
import type { ChatEncoding } from '../../completion/chat-message.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { GuardedText } from './special-guard.ts';

export interface RenderingOptions {
  readonly previous: ChatEncoding | undefined;
  /** a rendering that does not continue anything is refused where it has that many tokens or more */
  readonly holds: number | undefined;
}

/** Ids of a rendering; of its rest alone where it continues `previous`, after the ids that this has. */
export function* encodeRendering(
  tokenizer: Tokenizer,
  rendering: GuardedText,
  { previous, holds }: RenderingOptions,
): Steps<ChatEncoding> {
  const { text, isMeant } = rendering;
  if (previous !== undefined && previous.tokens.length > 0 && text.startsWith(previous.text)) {
    return { text, tokens: yield* encodeContinuation(tokenizer, rendering, previous) };
  }
  // BOS is there where the template writes it, and nowhere else: models are trained on what their templates print.
  return { text, tokens: yield* tokenizer.encodeSteps(text, { special: 'parse', isMeant, holds }) };
}

// Where the history ends with a special token the rest is encoded together with it: white space after it may
// belong to it, and the first piece of a text may look different after a token than within a text.
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
