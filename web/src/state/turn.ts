// One question and its answer, as the page shows them.

import type { ChatError, ContextReport, FinishReason, Usage } from '../api/chat-protocol.ts';

/** `sent` until the server took it, `reading` while the prompt is computed, `writing` while text comes. */
export type Phase = 'sent' | 'reading' | 'writing' | 'done' | 'failed' | 'lost';

export interface Turn {
  readonly id: number;
  readonly question: string;
  readonly answer: string;
  readonly phase: Phase;
  /** the reader asked to stop and the server has not confirmed yet */
  readonly stopping?: true;
  readonly finishReason?: FinishReason;
  readonly usage?: Usage;
  readonly context?: ContextReport;
  readonly error?: ChatError;
  /** ids of the message and its answer, where the server keeps them */
  readonly userId?: string;
  readonly answerId?: string;
  /** the server ended while it was written */
  readonly interrupted?: true;
  /** came while the page was looking on, so that its end is news */
  readonly live?: true;
}
