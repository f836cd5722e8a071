// Long answers about tokens, made piece by piece, so that nobody waits while four megabytes of text become a million tokens
// and their spellings, and nobody's unread answer is held whole.

import { nextTurn } from '../base/steps.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

const PIECE = 4096; // tokens between two turns of the event loop

export interface TokenizedText {
  readonly tokens: readonly number[];
  readonly contextLength: number;
  /** spells a token; absent where nobody asked for spellings */
  readonly spell?: ((token: number) => string) | undefined;
}

/** The answer of /tokenize as JSON. */
export async function* tokenizedJson({
  tokens,
  contextLength,
  spell,
}: TokenizedText): AsyncGenerator<string> {
  yield '{"tokens":[';
  yield* listJson(tokens, String);
  yield `],"count":${tokens.length},"max_model_len":${contextLength}`;
  if (spell !== undefined) {
    yield ',"token_strs":[';
    yield* listJson(tokens, (token) => JSON.stringify(spell(token)));
    yield ']';
  }
  yield '}';
}

async function* listJson(
  tokens: readonly number[],
  write: (token: number) => string,
): AsyncGenerator<string> {
  for (let at = 0; at < tokens.length; at += PIECE) {
    const piece = tokens
      .slice(at, at + PIECE)
      .map(write)
      .join(',');
    yield at === 0 ? piece : `,${piece}`;
    await nextTurn();
  }
}

/** What `decodeRaw` gives, in turns with the event loop. */
export async function decodeRawInTurns(tokenizer: Tokenizer, ids: readonly number[]): Promise<string> {
  const encoder = new TextEncoder();
  // A byte order mark is a character like any other, and a character may be in two pieces.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const bytesOf = (id: number): Uint8Array =>
    tokenizer.isSpecial(id) ? encoder.encode(tokenizer.piece(id)) : tokenizer.bytes(id);
  let text = '';
  for (let at = 0; at < ids.length; at += PIECE) {
    const bytes = Buffer.concat(ids.slice(at, at + PIECE).map(bytesOf));
    text += decoder.decode(bytes, { stream: true });
    await nextTurn();
  }
  return text + decoder.decode();
}
