// A message in the tree of a conversation. The history of a message is the text and token ids from the start of the
// conversation to the end of the message. A node stores only the length of the part of its parent's history that it reuses, and
// the text and token ids after this part. Therefore a conversation of n tokens stores only n ids, and the next turn continues
// with exactly the ids that were computed.

import type { FinishReason } from '../completion/generation.ts';

/** `running`: the answer is being generated; `interrupted`: the process ended during the generation */
export type MessageState = 'complete' | 'running' | 'cancelled' | 'interrupted';

/** The statistics of a finished answer. */
export interface AnswerReport {
  readonly finishReason: FinishReason;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly computedTokens: number;
  readonly generatedTokens: number;
  readonly seed: number;
}

export interface MessageNode {
  readonly id: string;
  /** id of the parent; undefined for the first message after the system message */
  readonly parent: string | undefined;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly state: MessageState;
  /** identity of the completer to which the token ids belong; undefined if unknown */
  readonly model: string | undefined;
  /** number of tokens of the parent's history with which the history of this message begins */
  readonly keptTokens: number;
  /** number of characters of the parent's history with which the history of this message begins */
  readonly keptText: number;
  /** token ids of the history after the first `keptTokens` ids */
  readonly tokens: readonly number[];
  /** text of the history after the first `keptText` characters, including special tokens */
  readonly rendered: string;
  /** number of messages after the system message that were dropped from the prompt */
  readonly droppedMessages: number;
  /** milliseconds since 1970 */
  readonly createdAt: number;
  /** statistics of the answer, once it is finished */
  readonly report?: AnswerReport;
}

/** The `model` of imported messages, which have no token ids yet. It is not the identity of any completer. */
export const IMPORTED_MODEL = 'imported';
