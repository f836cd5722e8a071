// What a kind of tokenizer must bring, whatever file it came from: its tokens, how a stretch of plain text
// becomes ids, and which bytes an id stands for. The tokenizer adds what all kinds share.

import type { Steps } from '../../base/steps.ts';

/**
 * Where a stretch of text stands: at the start of everything, right after a special or added token, or in
 * mid-text. SentencePiece puts a space before the first, and some before the second.
 */
export type TextPlace = 'start' | 'after-token' | 'inside';

/** Some checkpoints add tokens of this form without calling them special: <｜User｜> of DeepSeek is one. */
export const looksLikeControl = (text: string): boolean => /^<[|\uff5c].*[|\uff5c]>$/su.test(text);

/** A token that is matched as a whole string instead of being merged. */
export interface WholeToken {
  readonly id: number;
  /** swallows white space before and after it */
  readonly stripLeft: boolean;
  readonly stripRight: boolean;
}

export interface Vocabulary {
  /** spelling of each id; undefined where an id has no token. [vocabSize] */
  readonly pieces: readonly (string | undefined)[];
  /** control tokens: they arise from a template only, and decode to nothing */
  readonly special: ReadonlyMap<string, WholeToken>;
  /** added tokens that any text may contain */
  readonly added: ReadonlyMap<string, WholeToken>;
  /** the space that encoding puts before a text, which decoding takes away again */
  readonly leadingSpace: boolean;
  /** code units of text that one token stands for at most; absent where a part of a text may come to no token */
  readonly longest?: number;
  /** Appends the ids of text that holds none of the whole tokens, pausing now and then. */
  encode(text: string, place: TextPlace, ids: number[]): Steps<void>;
  /** What a token that is not special decodes to. */
  bytes(id: number): Uint8Array;
}
