// What travels between the page and /ws/chat, as the page sees it: docs/chat-protocol.md. The page shares no
// code with the server, only the wire. All fields beyond the first protocol are optional, because a server
// may not have them.

import type { ContextPolicy, FinishReason, Sampling } from './stored-conversation.ts';

export type { FinishReason } from './stored-conversation.ts';

export interface Usage {
  readonly promptTokens: number;
  /** prompt tokens that earlier turns had computed */
  readonly cachedTokens: number;
  /** tokens that ran through the model in this turn, prompt and answer */
  readonly computedTokens: number;
  readonly generatedTokens: number;
  /** known while the answer is new; what is stored does not tell of time */
  readonly ttftMs?: number;
  readonly decodeTokensPerSecond?: number;
  readonly contextLength: number;
  readonly contextUsed: number;
}

/** What the policy did to a turn. */
export interface ContextReport {
  /** all messages that the model does not see any more */
  readonly droppedMessages: number;
  /** the history was written with another model */
  readonly modelChanged?: { readonly from: string; readonly to: string };
}

export interface ChatError {
  readonly code: string;
  readonly message: string;
  readonly promptTokens?: number;
  readonly contextLength?: number;
}

/** Where an event belongs: its conversation, the message that began the turn, the turn, its number in it. */
export interface EventPlace {
  readonly conversation?: string;
  readonly tag?: string;
  readonly turn?: string;
  readonly n?: number;
}

export interface EndEvent {
  readonly type: 'end';
  readonly finishReason?: FinishReason;
  readonly usage?: Usage;
  readonly context?: ContextReport;
  /** ids, where the turn left anything */
  readonly messages?: { readonly user: string; readonly assistant: string };
  readonly title?: string;
}

export interface ResumedEvent {
  readonly type: 'resumed';
  readonly running: boolean;
  readonly missed: boolean;
}

/** Of any conversation of the same key; without `conversation`, of more than were told. */
export interface ChangedEvent {
  readonly type: 'changed';
  readonly updatedAt?: number;
  readonly deleted?: true;
}

export type ServerEvent = EventPlace &
  (
    | ChangedEvent
    | { readonly type: 'pong'; readonly ping: number }
    | { readonly type: 'start'; readonly content: string }
    | { readonly type: 'stream'; readonly content: string }
    | EndEvent
    | ResumedEvent
    | { readonly type: 'reset' }
    | ({ readonly type: 'error'; readonly ended?: true } & ChatError)
  );

export interface Command {
  readonly message?: string;
  readonly conversation?: string;
  readonly tag?: string;
  readonly system?: string;
  readonly contextPolicy?: ContextPolicy;
  readonly options?: Sampling;
  readonly regenerate?: string;
  readonly edit?: string;
  readonly resume?: number;
  readonly turn?: string;
  readonly model?: string;
  readonly cancel?: true;
  readonly reset?: true;
  readonly watch?: true;
  readonly ping?: number;
}

const TYPES = new Set(['start', 'stream', 'end', 'reset', 'error', 'resumed', 'changed', 'pong']);

/** One frame as an event; undefined for what a newer server may send and this page does not know. */
export function parseEvent(frame: unknown): ServerEvent | undefined {
  if (typeof frame !== 'string') return undefined;
  try {
    const event: unknown = JSON.parse(frame);
    if (typeof event !== 'object' || !event || !('type' in event)) return undefined;
    return TYPES.has(String(event.type)) ? (event as ServerEvent) : undefined;
  } catch {
    return undefined;
  }
}
