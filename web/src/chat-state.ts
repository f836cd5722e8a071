// What the page knows of the conversation, as one value and one function from event to next value. No
// socket, no React and no clock: the whole behaviour of the page can be read and tested here.

import type { ChatError, FinishReason, ServerEvent, Usage } from './wire.ts';

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
  readonly error?: ChatError;
}

export interface ChatState {
  readonly connection: 'connecting' | 'open' | 'lost';
  readonly turns: readonly Turn[];
  /** turns before this index were held by a socket that is gone: the model does not know them */
  readonly forgotten: number;
  /** a new conversation was asked for; what still arrives belongs to the old one */
  readonly resetting: boolean;
  readonly nextId: number;
}

export type ChatAction =
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  | { readonly type: 'sent'; readonly text: string }
  | { readonly type: 'stopping' }
  | { readonly type: 'resetting' }
  | { readonly type: 'received'; readonly event: ServerEvent };

export const initialChat: ChatState = {
  connection: 'connecting',
  turns: [],
  forgotten: 0,
  resetting: false,
  nextId: 1,
};

export function chatReducer(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case 'opened':
      return { ...state, connection: 'open' };
    case 'closed':
      return closed(state);
    case 'sent': {
      const turn: Turn = { id: state.nextId, question: action.text, answer: '', phase: 'sent' };
      return { ...state, turns: [...state.turns, turn], nextId: state.nextId + 1 };
    }
    case 'stopping':
      return changeRunning(state, (turn) => ({ ...turn, stopping: true }));
    case 'resetting':
      return { ...state, turns: [], forgotten: 0, resetting: state.connection === 'open' };
    case 'received':
      return received(state, action.event);
  }
}

/** The turn whose answer is under way, if any. */
export function runningTurn(state: ChatState): Turn | undefined {
  const last = state.turns.at(-1);
  return last && RUNNING.has(last.phase) ? last : undefined;
}

/**
 * Whether the model does not know the turn: it failed, or ended before the first token of an answer, and the
 * server left the conversation as it was.
 */
export function isUnheard(turn: Turn): boolean {
  if (turn.phase === 'failed') return true;
  return turn.finishReason === 'cancelled' && (turn.usage?.generatedTokens ?? 0) === 0;
}

/** Usage of the last finished turn of the conversation that the server still holds. */
export function latestUsage(state: ChatState): Usage | undefined {
  return state.turns.slice(state.forgotten).findLast((turn) => turn.usage)?.usage;
}

export interface FullContext {
  /** tokens that the conversation has, or that it and the refused message would need */
  readonly used: number;
  readonly length: number;
  /** the last message did not fit and was not taken */
  readonly refused: boolean;
}

/** Both numbers once the conversation has reached the context; undefined while there is room. */
export function fullContext(state: ChatState): FullContext | undefined {
  const last = state.turns.slice(state.forgotten).at(-1);
  if (last?.error?.code === 'context_length_exceeded') {
    const { promptTokens = 0, contextLength = 0 } = last.error;
    return { used: promptTokens, length: contextLength, refused: true };
  }
  if (last?.finishReason !== 'length' || !last.usage) return undefined;
  const { contextUsed, contextLength } = last.usage;
  // The last sampled token may or may not be counted, so being one short is full as well.
  return contextUsed >= contextLength - 1
    ? { used: contextUsed, length: contextLength, refused: false }
    : undefined;
}

const RUNNING: ReadonlySet<Phase> = new Set(['sent', 'reading', 'writing']);

function closed(state: ChatState): ChatState {
  const next = changeRunning(state, (turn) => ({ ...turn, phase: 'lost' }));
  return { ...next, connection: 'lost', forgotten: next.turns.length, resetting: false };
}

function received(state: ChatState, event: ServerEvent): ChatState {
  if (event.type === 'reset') return { ...state, resetting: false };
  if (state.resetting) return state;
  switch (event.type) {
    case 'start':
      return changeRunning(state, (turn) => ({ ...turn, phase: 'reading' }));
    case 'stream':
      return changeRunning(state, (turn) => ({
        ...turn,
        phase: 'writing',
        answer: turn.answer + event.content,
      }));
    case 'end': {
      const { finishReason = 'stop', usage } = event;
      return changeRunning(state, (turn) => ({
        ...turn,
        phase: 'done',
        finishReason,
        ...(usage && { usage }),
      }));
    }
    case 'error':
      return failed(state, event);
  }
}

function failed(state: ChatState, event: ChatError & { readonly ended?: true }): ChatState {
  // A refusal of some other frame says nothing about an answer that has begun.
  if (!event.ended && runningTurn(state)?.phase !== 'sent') return state;
  const { code, message, promptTokens, contextLength } = event;
  const numbers = {
    ...(promptTokens !== undefined && { promptTokens }),
    ...(contextLength !== undefined && { contextLength }),
  };
  return changeRunning(state, (turn) => ({ ...turn, phase: 'failed', error: { code, message, ...numbers } }));
}

function changeRunning(state: ChatState, change: (turn: Turn) => Turn): ChatState {
  const running = runningTurn(state);
  if (!running) return state;
  return { ...state, turns: [...state.turns.slice(0, -1), change(running)] };
}
