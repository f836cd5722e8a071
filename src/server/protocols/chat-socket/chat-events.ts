// What the chat socket sends. The three events of the first protocol (`start`, `stream`, `end`) are enough for a
// client; all other fields and events are optional: see docs/chat-protocol.md.

import type { ConversationChange } from '../../../chat/change-feed.ts';
import type { EventPlace, TurnEvent } from '../../../service/turn-events.ts';

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
