// A message at its place in a conversation's tree. It keeps what its prompt was as ids: not the whole prompt, but how
// much of the history before it stayed as it was and what came after, so that a conversation of n tokens takes n
// tokens of storage, and the next turn can go on with the very ids that were computed.

import type { FinishReason } from '../completion/generation.ts';

/** `running` while it is written; `interrupted` when the process ended meanwhile. */
export type MessageState = 'complete' | 'running' | 'cancelled' | 'interrupted';

/** What is told of an answer when it ends. */
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
  /** the completer that its tokens belong to; absent where that has no name */
  readonly model: string | undefined;
  /** tokens and characters of the parent's history that this message's history begins with */
  readonly keptTokens: number;
  readonly keptText: number;
  /** ids that come after those */
  readonly tokens: readonly number[];
  /** what these ids spell, special tokens included */
  readonly rendered: string;
  /** messages between the system message and the first one that the model saw */
  readonly droppedMessages: number;
  /** milliseconds since 1970 */
  readonly createdAt: number;
  /** of an answer that has ended in this process or an earlier one */
  readonly report?: AnswerReport;
}

/** The `model` of a message that was imported as text, so that its tokens belong to no model: no identity is equal. */
export const IMPORTED = 'imported';
