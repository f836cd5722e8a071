// Events that the chat socket sends. A minimal client handles `start`, `stream` and `end`; all other events and fields are
// optional: see docs/chat-protocol.md.

import type { ConversationChange } from '../../../chat/change-feed.ts';
import type { EventPlace, TurnEvent } from '../../../service/turn-events.ts';

/** Sent to clients that watch conversations. If `conversation` is absent, changes were omitted, and the client must reload the list. */
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
