// The interface of a vocabulary, independent of its file format: the tokens, the encoding of plain text, and the bytes
// of each id. tokenizer.ts implements the parts that all vocabularies share.

import type { Steps } from '../../base/steps.ts';

/**
 * Position of a piece of text: at the start of the whole input, right after a special or added token, or inside a text.
 * SentencePiece adds a space at the start, and some vocabularies also after a token.
 */
export type TextPlace = 'start' | 'after-token' | 'inside';

/** Returns whether a token looks like a control token. Some checkpoints do not mark such tokens as special: <｜User｜>. */
export const hasControlTokenForm = (text: string): boolean => /^<[|\uff5c].*[|\uff5c]>$/su.test(text);

/** A token that is matched as a whole string and not produced by merges. */
export interface WholeToken {
  readonly id: number;
  /** whether encoding removes the white space before the token */
  readonly stripLeft: boolean;
  /** whether encoding removes the white space after the token */
  readonly stripRight: boolean;
}

export interface Vocabulary {
  /** the string of each id, as the vocabulary lists it; undefined for an id without a token. [vocabSize] */
  readonly pieces: readonly (string | undefined)[];
  /** control tokens: only templates produce them, and they are decoded to an empty text */
  readonly special: ReadonlyMap<string, WholeToken>;
  /** added tokens that any text may contain */
  readonly added: ReadonlyMap<string, WholeToken>;
  /** whether encoding adds a space before the text, and decoding removes it */
  readonly leadingSpace: boolean;
  /** maximum code units that one token represents; absent if encoding may drop parts of a text */
  readonly maxTokenLength?: number;
  /** Appends the ids of a text that contains no whole tokens. */
  encode(text: string, place: TextPlace, ids: number[]): Steps<void>;
  /** Returns the bytes that a non-special token decodes to. */
  bytes(id: number): Uint8Array;
}
