// A message in a conversation's tree. It stores the token ids of its prompt as a difference: the length of the parent's history
// that is reused and the ids after it. A conversation of n tokens therefore takes n tokens of storage, and the next turn
// continues with exactly the ids that were computed.

import type { FinishReason } from '../completion/generation.ts';

/** `running` while it is generated; `interrupted` when the process ended meanwhile. */
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
  /** absent for the first message after the system message */
  readonly parent: string | undefined;
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly state: MessageState;
  /** identity of the completer to which its token ids belong; absent when unknown */
  readonly model: string | undefined;
  /** tokens and characters of the parent's history that this message's history begins with */
  readonly keptTokens: number;
  readonly keptText: number;
  /** ids after the reused ones */
  readonly tokens: readonly number[];
  /** text of these ids, special tokens included */
  readonly rendered: string;
  /** messages between the system message and the first one in the prompt */
  readonly droppedMessages: number;
  /** milliseconds since 1970 */
  readonly createdAt: number;
  /** statistics of a finished answer */
  readonly report?: AnswerReport;
}

/** The `model` of imported messages, which have no token ids yet: it equals no completer's identity. */
export const IMPORTED = 'imported';
