// What the chat socket sends. The three events of the first protocol (`start`, `stream`, `end`) are enough for a
// client; all other fields and events are optional: see docs/chat-protocol.md.

import type { QuireError } from '../../base/errors.ts';
import type { TokenLogprobs } from '../../base/selection.ts';
import type { ConversationChange } from '../../chat/change-feed.ts';
import type { ContextReport } from '../../chat/context-policy.ts';
import type { CacheReport } from '../../completion/cache-report.ts';
import type { FinishReason } from '../../completion/generation.ts';

export interface ChatUsage {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly computedTokens: number;
  readonly generatedTokens: number;
  readonly ttftMs: number;
  readonly decodeTokensPerSecond: number;
  readonly contextLength: number;
  /** tokens of the conversation after this turn */
  readonly contextUsed: number;
  readonly seed: number;
}

/** Where an event of a turn stands: its conversation, and a number that grows from event to event in it. */
export interface EventPlace {
  readonly conversation: string;
  readonly n: number;
}

export interface FailureEvent {
  readonly type: 'error';
  readonly code: string;
  readonly message: string;
  /** the running answer ended with this error; absent when only a frame was refused */
  readonly ended?: true;
  /** with context_length_exceeded: tokens that the conversation and the new message need */
  readonly promptTokens?: number;
  readonly contextLength?: number;
  readonly conversation?: string;
  readonly tag?: string;
}

/** An event of a turn: a `start` is followed by exactly one `end`, or one `error` with `ended`. */
export type TurnEvent =
  | { readonly type: 'start'; readonly content: string; readonly tag?: string }
  | { readonly type: 'stream'; readonly content: string }
  | {
      readonly type: 'end';
      readonly finishReason?: FinishReason;
      readonly usage?: ChatUsage;
      readonly context?: ContextReport;
      /** ids of the turn's messages, where it left any */
      readonly messages?: { readonly user: string; readonly assistant: string };
      readonly title?: string;
      /** why the answer is not stored yet; it is as soon as that works, and absent where it is */
      readonly unsaved?: { readonly code: string; readonly message: string };
      readonly cache?: CacheReport;
      /** of each token of the answer, when the options ask */
      readonly logprobs?: readonly TokenLogprobs[];
    }
  | FailureEvent;

/** For who watches. Without `conversation`: more have changed than were told, so that the list should be read again. */
export type ChangedEvent = { readonly type: 'changed' } & (
  | ConversationChange
  | { readonly conversation?: never }
);

export type ChatEvent =
  | (TurnEvent & Partial<EventPlace>)
  | { readonly type: 'reset' }
  | { readonly type: 'pong'; readonly ping: number }
  | ChangedEvent
  | {
      readonly type: 'resumed';
      readonly conversation: string;
      readonly running: boolean;
      readonly missed: boolean;
    };

/** An error as clients get it: `message` says what was wrong; what to do. */
export function errorEvent(error: QuireError): FailureEvent {
  return { type: 'error', code: error.code, message: `${error.message}; ${error.hint}` };
}
