// Formats log-probabilities for text completions: four parallel arrays, one of which contains the offset of each token in the
// text. Offsets continue from chunk to chunk, so each choice needs one instance.

import { z } from 'zod';
import type { TokenLogprob, TokenLogprobs } from '../../../base/step/selection.ts';
import type { TokenText } from '../../../completion/token-text.ts';
import { finiteLogprob, tokenBytes } from '../openai/token-bytes.ts';

export const textLogprobsSchema = z.strictObject({
  tokens: z
    .array(z.string())
    .describe('a token that is only a part of a character is written as bytes:\\xNN'),
  token_logprobs: z.array(z.number()),
  top_logprobs: z.array(z.record(z.string(), z.number())),
  text_offset: z.array(z.int()),
});

export class TextLogprobs {
  readonly #tokenizer: TokenText;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #offset = 0; // UTF-16 code units, as in JavaScript strings

  constructor(tokenizer: TokenText) {
    this.#tokenizer = tokenizer;
  }

  format(tokens: readonly TokenLogprobs[]): z.output<typeof textLogprobsSchema> {
    return {
      tokens: tokens.map(({ token }) => this.#textOf(token)),
      token_logprobs: tokens.map(({ logprob }) => finiteLogprob(logprob)),
      top_logprobs: tokens.map(({ top }) => Object.fromEntries(top.map(this.#entry))),
      text_offset: tokens.map(({ token }) => this.#advance(token)),
    };
  }

  readonly #entry = ({ token, logprob }: TokenLogprob): [string, number] => [
    this.#textOf(token),
    finiteLogprob(logprob),
  ];

  /** Returns the offset of `token`, and adds the length of `token` to the current offset. */
  #advance(token: number): number {
    const offset = this.#offset;
    if (!this.#tokenizer.isSpecial(token)) {
      this.#offset += this.#decoder.decode(this.#tokenizer.bytes(token), { stream: true }).length;
    }
    return offset;
  }

  #textOf(token: number): string {
    const bytes = tokenBytes(token, this.#tokenizer);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return `bytes:${[...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`;
    }
  }
}
