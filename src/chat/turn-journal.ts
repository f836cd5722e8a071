// The interface through which a conversation writes its turns to a store. Conversations in memory use NO_JOURNAL.

import type { QuireError } from '../base/errors.ts';
import type { MessageNode } from './message-node.ts';

export interface TurnJournal {
  /** Stores the new messages of a turn, of which the last is the answer. If this rejects, the turn must not start. */
  begin(messages: readonly MessageNode[]): Promise<void>;
  /** Writes the running answer repeatedly. @param getPartial returns the answer so far, or undefined before its first token */
  watch(answer: MessageNode, getPartial: () => MessageNode | undefined): void;
  /**
   * Stores the complete answer. Resolves to undefined if the answer is on disk. Otherwise resolves to the error, and the write is
   * retried, at the latest before the next turn. Never rejects.
   */
  end(answer: MessageNode): Promise<QuireError | undefined>;
  /** Stores a new head. A failed write is retried, at the latest before the next turn. */
  select(head: string): void;
  /** Removes the messages of a turn that produced no answer, and restores `head`. Never rejects. */
  drop(messages: readonly MessageNode[], head: string | undefined): Promise<void>;
}

export const NO_JOURNAL: TurnJournal = {
  begin: async () => {},
  watch: () => {},
  end: async () => undefined,
  select: () => {},
  drop: async () => {},
};
