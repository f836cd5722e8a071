// What travels between the page and /ws/chat, as the page sees it. The server's side is
// src/server/chat-protocol.ts; the page shares no code with it, only the wire.

export type FinishReason = 'stop' | 'length' | 'cancelled';

export interface Usage {
  readonly promptTokens: number;
  /** prompt tokens that earlier turns had computed */
  readonly cachedTokens: number;
  /** tokens that ran through the model in this turn, prompt and answer */
  readonly computedTokens: number;
  readonly generatedTokens: number;
  readonly ttftMs: number;
  readonly decodeTokensPerSecond: number;
  readonly contextLength: number;
  readonly contextUsed: number;
}

export interface ChatError {
  readonly code: string;
  readonly message: string;
  readonly promptTokens?: number;
  readonly contextLength?: number;
}

export type ServerEvent =
  | { readonly type: 'start'; readonly content: string }
  | { readonly type: 'stream'; readonly content: string }
  | { readonly type: 'end'; readonly finishReason?: FinishReason; readonly usage?: Usage }
  | { readonly type: 'reset' }
  | ({ readonly type: 'error'; readonly ended?: true } & ChatError);

export interface Command {
  readonly message?: string;
  readonly cancel?: true;
  readonly reset?: true;
}

const TYPES = new Set(['start', 'stream', 'end', 'reset', 'error']);

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
