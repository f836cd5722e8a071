// A dialogue turn as the page shows it: one user message and its answer.

import type { ChatError, ContextReport, FinishReason, Usage } from '../api/chat-protocol.ts';

/** `sent` until the server accepts it, `reading` during prefill, `writing` while the answer streams. */
export type TurnPhase = 'sent' | 'reading' | 'writing' | 'done' | 'failed' | 'lost';

export interface Turn {
  readonly id: number;
  readonly question: string;
  readonly answer: string;
  readonly phase: TurnPhase;
  /** the user pressed stop and the server has not confirmed it yet */
  readonly stopping?: true;
  readonly finishReason?: FinishReason;
  readonly usage?: Usage;
  readonly context?: ContextReport;
  readonly error?: ChatError;
  /** ids of the message and its answer, if the server stores them */
  readonly userId?: string;
  readonly answerId?: string;
  /** the server stopped while the answer was generated */
  readonly interrupted?: true;
  /** the answer was generated while the page was open, so its end is announced to screen readers */
  readonly live?: true;
}
