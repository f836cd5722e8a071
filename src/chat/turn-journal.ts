// The writes of a conversation to its store while a turn runs. NO_JOURNAL is for conversations that exist only in memory.

import type { QuireError } from '../base/errors.ts';
import type { MessageNode } from './message-node.ts';

export interface TurnJournal {
  /** Stores the new messages of a turn; the last one is the answer. A turn that cannot be stored must not start. */
  begin(messages: readonly MessageNode[]): Promise<void>;
  /** Writes the running answer repeatedly. `soFar` returns its current state, or undefined before the first token. */
  watch(answer: MessageNode, soFar: () => MessageNode | undefined): void;
  /**
   * Stores the complete answer. When this resolves to undefined, it is on disk; otherwise to the error, and the write is
   * retried, at the latest before the next turn. Never rejects.
   */
  end(answer: MessageNode): Promise<QuireError | undefined>;
  /** Stores another head. A failed write is retried, at the latest before the next turn. */
  select(head: string): void;
  /** Removes the messages of a turn without an answer and restores `head`. Never rejects. */
  drop(messages: readonly MessageNode[], head: string | undefined): Promise<void>;
}

export const NO_JOURNAL: TurnJournal = {
  begin: async () => {},
  watch: () => {},
  end: async () => undefined,
  select: () => {},
  drop: async () => {},
};
