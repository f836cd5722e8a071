// The interface of a vocabulary, whatever file it was read from: its tokens, how plain text becomes ids, and which bytes
// an id decodes to. The tokenizer adds what all kinds have in common.

import type { Steps } from '../../base/steps.ts';

/**
 * Position of a piece of text: at the start of the whole input, right after a special or added token, or inside a text.
 * SentencePiece puts a space before text at the start, and some vocabularies also after a token.
 */
export type TextPlace = 'start' | 'after-token' | 'inside';

/** Some checkpoints add tokens of this form without marking them special, such as <｜User｜> of DeepSeek. */
export const hasControlTokenForm = (text: string): boolean => /^<[|\uff5c].*[|\uff5c]>$/su.test(text);

/** A token that is matched as a whole string and not produced by merges. */
export interface WholeToken {
  readonly id: number;
  /** removes the white space before it */
  readonly stripLeft: boolean;
  /** removes the white space after it */
  readonly stripRight: boolean;
}

export interface Vocabulary {
  /** spelling of each id; undefined where an id has no token. [vocabSize] */
  readonly pieces: readonly (string | undefined)[];
  /** control tokens: produced by a template only, and decoded to nothing */
  readonly special: ReadonlyMap<string, WholeToken>;
  /** added tokens that any text may contain */
  readonly added: ReadonlyMap<string, WholeToken>;
  /** encoding puts a space before the text, and decoding removes it */
  readonly leadingSpace: boolean;
  /** most code units of text that one token covers; absent where a part of a text may produce no token */
  readonly maxTokenLength?: number;
  /** Appends the ids of text without whole tokens, in steps. */
  encode(text: string, place: TextPlace, ids: number[]): Steps<void>;
  /** Returns the bytes that a non-special token decodes to. */
  bytes(id: number): Uint8Array;
}
