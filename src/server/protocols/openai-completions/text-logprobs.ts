// Log-probabilities as text completions tell them: four arrays side by side, with the place of each token in the
// answer. Places go on from chunk to chunk, so each answer has a teller of its own.

import { z } from 'zod';
import type { TokenLogprob, TokenLogprobs } from '../../../base/step/selection.ts';
import type { TokenText } from '../../../completion/token-text.ts';
import { finite, tokenBytes } from '../openai/token-bytes.ts';

export const textLogprobsSchema = z.strictObject({
  tokens: z.array(z.string()).describe('parts of a character as bytes:\\xNN'),
  token_logprobs: z.array(z.number()),
  top_logprobs: z.array(z.record(z.string(), z.number())),
  text_offset: z.array(z.int()),
});

export class TextLogprobs {
  readonly #tokenizer: TokenText;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #offset = 0; // characters, as JavaScript counts them

  constructor(tokenizer: TokenText) {
    this.#tokenizer = tokenizer;
  }

  tell(tokens: readonly TokenLogprobs[]): z.output<typeof textLogprobsSchema> {
    return {
      tokens: tokens.map(({ token }) => this.#spell(token)),
      token_logprobs: tokens.map(({ logprob }) => finite(logprob)),
      top_logprobs: tokens.map(({ top }) => Object.fromEntries(top.map(this.#pair))),
      text_offset: tokens.map(({ token }) => this.#place(token)),
    };
  }

  readonly #pair = ({ token, logprob }: TokenLogprob): [string, number] => [
    this.#spell(token),
    finite(logprob),
  ];

  #place(token: number): number {
    const place = this.#offset;
    if (!this.#tokenizer.isSpecial(token)) {
      this.#offset += this.#decoder.decode(this.#tokenizer.bytes(token), { stream: true }).length;
    }
    return place;
  }

  #spell(token: number): string {
    const bytes = tokenBytes(token, this.#tokenizer);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return `bytes:${[...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`;
    }
  }
}
