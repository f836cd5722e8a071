// The events of a turn, independent of the protocol that sends them: one `start`, then `stream` events, then exactly one
// final event, which is an `end`, or an `error` with the field `ended`.

import type { QuireError } from '../base/errors.ts';
import type { TokenLogprobs } from '../base/step/selection.ts';
import type { ContextReport } from '../chat/context-policy.ts';
import type { FinishReason } from '../completion/generation.ts';
import type { ReportedCache } from './cache-salt.ts';

export interface TurnUsage {
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

export interface FailureEvent {
  readonly type: 'error';
  readonly code: string;
  readonly message: string;
  /** the error ended the running answer; absent if only one message of the client was rejected */
  readonly ended?: true;
  /** with context_length_exceeded: tokens that the conversation and the new message need */
  readonly promptTokens?: number;
  readonly contextLength?: number;
  readonly conversation?: string;
  readonly tag?: string;
}

export interface EndEvent {
  readonly type: 'end';
  readonly finishReason?: FinishReason;
  readonly usage?: TurnUsage;
  readonly context?: ContextReport;
  /** ids of the messages of the turn, if any remain in the conversation */
  readonly messages?: { readonly user: string; readonly assistant: string };
  readonly title?: string;
  /** name of the model that answered */
  readonly model?: string;
  /** why the answer is not stored yet; it is stored later, when the store works again */
  readonly unsaved?: { readonly code: string; readonly message: string };
  readonly cache?: ReportedCache;
  /** log probabilities of each token of the answer, if requested */
  readonly logprobs?: readonly TokenLogprobs[];
}

export type TurnEvent =
  | { readonly type: 'start'; readonly content: string; readonly tag?: string }
  | { readonly type: 'stream'; readonly content: string }
  | EndEvent
  | FailureEvent;

/** Identifies an event: its conversation, its turn, and its number in the turn, from 1. */
export interface EventPlace {
  readonly conversation: string;
  readonly turn: string;
  readonly n: number;
}

export type LoggedEvent = TurnEvent & EventPlace;

/** Returns the event that reports `error` to a client; its `message` states what was wrong and what to do. */
export function errorEvent(error: QuireError): FailureEvent {
  return { type: 'error', code: error.code, message: `${error.message}; ${error.hint}` };
}
