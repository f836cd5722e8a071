// What a conversation tells its store while a turn runs. A conversation that lives in memory alone tells nobody.

import type { QuireError } from '../base/errors.ts';
import type { MessageNode } from './message-node.ts';

export interface TurnJournal {
  /** A turn's new messages, the last of which is its answer. What is not kept must not be generated. */
  begin(messages: readonly MessageNode[]): Promise<void>;
  /** From now on `soFar` tells how far the answer has come; undefined where there is nothing yet. */
  watch(answer: MessageNode, soFar: () => MessageNode | undefined): void;
  /**
   * The answer is complete; when this resolves, it is on disk. Where it is not, this resolves to the reason: it is
   * written as soon as the store can, and before the next turn. Never rejects.
   */
  end(answer: MessageNode): Promise<QuireError | undefined>;
  /** The next turn follows another message. What cannot be written now is written later, and before the next turn. */
  select(head: string): void;
  /** A turn came to nothing; `head` is the last message again. Never rejects. */
  drop(messages: readonly MessageNode[], head: string | undefined): Promise<void>;
}

export const NO_JOURNAL: TurnJournal = {
  begin: async () => {},
  watch: () => {},
  end: async () => undefined,
  select: () => {},
  drop: async () => {},
};
