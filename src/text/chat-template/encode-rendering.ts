// Encodes a rendering to token ids. If the rendering starts with the text of an earlier encoding, the ids of that
// encoding, including sampled ids, are reused. Only the rest of the rendering is encoded.

import type { Steps } from '../../base/steps.ts';
import type { ChatEncoding } from '../../completion/chat-message.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { UnmarkedText } from './control-string-marks.ts';

export interface RenderingOptions {
  readonly previous: ChatEncoding | undefined;
  /** a rendering that does not continue `previous` is rejected if it has this many tokens or more */
  readonly holds: number | undefined;
}

/** Returns the ids of a rendering. If it continues `previous`, they start with the ids of `previous`. */
export function* encodeRendering(
  tokenizer: Tokenizer,
  rendering: UnmarkedText,
  { previous, holds }: RenderingOptions,
): Steps<ChatEncoding> {
  const { text, isTemplateControl } = rendering;
  if (previous !== undefined && previous.tokens.length > 0 && text.startsWith(previous.text)) {
    return { text, tokens: yield* encodeContinuation(tokenizer, rendering, previous) };
  }
  // No BOS is added: models are trained on the output of their templates, which write BOS where the model needs it.
  return {
    text,
    tokens: yield* tokenizer.encodeSteps(text, { special: 'parse', isMeant: isTemplateControl, holds }),
  };
}

// If `previous` ends with a special token, that token is encoded again together with the text after it: the token may
// strip white space after it, and the first piece of a text may differ after a token.
function* encodeContinuation(
  tokenizer: Tokenizer,
  { text, isTemplateControl }: UnmarkedText,
  previous: ChatEncoding,
): Steps<number[]> {
  const lastId = previous.tokens.at(-1) ?? -1;
  const endsWithSpecial = tokenizer.isSpecial(lastId);
  const lastPiece =
    endsWithSpecial && previous.text.endsWith(tokenizer.piece(lastId)) ? tokenizer.piece(lastId) : '';
  const encodeFrom = (start: number): Steps<number[]> =>
    tokenizer.encodeSteps(text.slice(start), {
      special: 'parse',
      isMeant: (from, to, literal) => isTemplateControl(start + from, start + to, literal),
      place: endsWithSpecial ? 'after-token' : 'inside',
    });
  if (lastPiece !== '') {
    const [firstId, ...newIds] = yield* encodeFrom(previous.text.length - lastPiece.length);
    if (firstId === lastId) return [...previous.tokens, ...newIds];
  }
  return [...previous.tokens, ...(yield* encodeFrom(previous.text.length))];
}
