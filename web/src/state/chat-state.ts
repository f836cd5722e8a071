// What the page knows of one conversation, as one value and one function from event to next value. No
// socket, no React and no clock: the whole behaviour of a conversation can be read and tested here.

import type { ChatError, EndEvent, ServerEvent, Usage } from '../api/chat-protocol.ts';
import type { StoredConversation } from '../api/stored-conversation.ts';
import { turnsOf, withTurn } from './branches.ts';
import type { Phase, Turn } from './turn.ts';

export interface ChatState {
  readonly connection: 'connecting' | 'open' | 'lost';
  readonly turns: readonly Turn[];
  /** turns before this index were held by a socket that is gone: the model does not know them */
  readonly forgotten: number;
  /** a new conversation was asked for; what still arrives belongs to the old one */
  readonly resetting: boolean;
  readonly nextId: number;
  /** the server keeps it, and goes on with an answer when the connection is lost */
  readonly named: boolean;
  /** what it was called first, on this page: stays when it gets its id */
  readonly born: string;
  /** undefined before the server has begun it */
  readonly id?: string;
  readonly status: 'ready' | 'loading' | 'failed' | 'gone';
  readonly stored: StoredConversation;
  /** number of the last event that was seen, and the turn that it counts in; an older server names none */
  readonly seen: number;
  readonly seenTurn?: string;
  /** the turns as they were before the running one replaced some of them */
  readonly before?: readonly Turn[];
  /** why a message or an answer could not be replaced; `text` is what was to stand there */
  readonly refused?: { readonly error?: ChatError; readonly text: string; readonly turn: number };
}

export type ChatAction =
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  | { readonly type: 'sent'; readonly text: string }
  /** another answer, or another version of a message, in the place of what is shown */
  | { readonly type: 'regenerating'; readonly answer: string }
  | { readonly type: 'editing'; readonly message: string; readonly text: string }
  | { readonly type: 'stopping' }
  | { readonly type: 'resetting' }
  /** the server has begun it, with these choices */
  | { readonly type: 'named'; readonly stored: StoredConversation }
  | { readonly type: 'loading' }
  /** `idle`: the server says that no answer is being written */
  | { readonly type: 'loaded'; readonly stored: StoredConversation; readonly idle: boolean }
  | { readonly type: 'unreadable'; readonly gone: boolean }
  /** it was deleted elsewhere */
  | { readonly type: 'gone' }
  /** its first turn came to nothing, so that the server has not kept it */
  | { readonly type: 'left' }
  | { readonly type: 'received'; readonly event: ServerEvent };

const EMPTY_STORED: StoredConversation = { title: '', messages: [] };

export const initialChat: ChatState = {
  connection: 'connecting',
  turns: [],
  forgotten: 0,
  resetting: false,
  nextId: 1,
  named: false,
  born: '',
  status: 'ready',
  stored: EMPTY_STORED,
  seen: 0,
};

export function chatReducer(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case 'opened':
      return { ...state, connection: 'open' };
    case 'closed':
      return closed(state);
    case 'sent':
      return append(withoutRefusal(state), { question: action.text });
    case 'regenerating':
      return replaceFrom(state, (turn) => turn.answerId === action.answer);
    case 'editing':
      return replaceFrom(state, (turn) => turn.userId === action.message, action.text);
    case 'stopping':
      return changeRunning(state, (turn) => ({ ...turn, stopping: true }));
    case 'resetting':
      return { ...state, turns: [], forgotten: 0, resetting: state.connection === 'open' };
    case 'named':
      return { ...state, stored: action.stored };
    case 'loading':
      return { ...state, status: state.turns.length > 0 ? 'ready' : 'loading' };
    case 'loaded':
      return loaded(state, action.stored, action.idle);
    case 'unreadable':
      return { ...state, status: action.gone ? 'gone' : state.turns.length > 0 ? 'ready' : 'failed' };
    case 'gone':
      return { ...state, status: 'gone' };
    case 'left':
      return left(state);
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
  if (turn.finishReason !== 'cancelled' || turn.answerId !== undefined) return false;
  return (turn.usage?.generatedTokens ?? 0) === 0;
}

/** Usage of the last finished turn of the conversation that the server still holds. */
export function latestUsage(state: ChatState): Usage | undefined {
  return state.turns.slice(state.forgotten).findLast((turn) => turn.usage)?.usage;
}

/** Tells when a turn has ended: what the page knows of the server may be old then. */
export function lastEnded({ turns }: ChatState): string {
  const ended = turns.findLast(({ phase }) => phase === 'done' || phase === 'failed');
  return ended === undefined ? '' : `${ended.id} ${ended.phase}`;
}

/** Messages at the beginning of what is shown that the model does not see any more. */
export function droppedMessages(state: ChatState): number {
  return state.turns.findLast((turn) => turn.phase === 'done')?.context?.droppedMessages ?? 0;
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

function append(state: ChatState, turn: Pick<Turn, 'question' | 'userId'>): ChatState {
  const added: Turn = { id: state.nextId, answer: '', phase: 'sent', live: true, ...turn };
  return { ...state, turns: [...state.turns, added], nextId: state.nextId + 1 };
}

/** @param text another version of the message; absent: the message stays and is answered again */
function replaceFrom(state: ChatState, isFirst: (turn: Turn) => boolean, text?: string): ChatState {
  const index = state.turns.findIndex(isFirst);
  const replaced = state.turns[index];
  if (!replaced) return state;
  const kept = { ...withoutRefusal(state), turns: state.turns.slice(0, index), before: state.turns };
  const { question, userId } = replaced;
  return append(kept, text === undefined ? { question, ...(userId && { userId }) } : { question: text });
}

function closed(state: ChatState): ChatState {
  if (state.named) return { ...abandonUnsent(state), connection: 'lost' };
  const next = changeRunning(state, (turn) => ({ ...turn, phase: 'lost' }));
  return { ...next, connection: 'lost', forgotten: next.turns.length, resetting: false };
}

/** A message of a conversation that has no id yet: nobody could say what became of it. */
function abandonUnsent(state: ChatState): ChatState {
  return state.id === undefined ? changeRunning(state, (turn) => ({ ...turn, phase: 'lost' })) : state;
}

function loaded(state: ChatState, stored: StoredConversation, idle: boolean): ChatState {
  const running = runningTurn(state);
  const known = new Set(state.stored.messages.map(({ id }) => id));
  const arrived = stored.messages.some(({ id }) => !known.has(id));
  // What was read may be older than the turn that has just begun.
  if (running && !arrived && !idle) return { ...state, stored, status: 'ready' };
  const { before: _, ...rest } = state;
  const read = { ...rest, ...turnsOf(stored, state.turns, state.nextId), stored, status: 'ready' as const };
  if (!running) return keepUnheard(read, state);
  if (!arrived) return { ...read, turns: [...read.turns, { ...running, phase: 'lost' }] };
  const last = read.turns.at(-1);
  if (!last || !RUNNING.has(last.phase)) return { ...read, turns: markLive(read.turns) };
  // What has come over the socket is not behind what was stored.
  const merged = { ...running, ...(last.userId && { userId: last.userId }) };
  return { ...state, ...read, turns: [...read.turns.slice(0, -1), merged] };
}

/** A message that the model never saw stays on the page while it is the last. */
function keepUnheard(read: ChatState, { turns }: ChatState): ChatState {
  const last = turns.at(-1);
  return last && last.userId === undefined ? { ...read, turns: [...read.turns, last] } : read;
}

function markLive(turns: readonly Turn[]): readonly Turn[] {
  return turns.map((turn, index) => (index === turns.length - 1 ? { ...turn, live: true as const } : turn));
}

function received(state: ChatState, event: ServerEvent): ChatState {
  if (event.type === 'reset') return { ...state, resetting: false };
  if (state.resetting) return state;
  if (event.n === undefined) return happened(state, event);
  const same = event.turn === state.seenTurn;
  if (same && event.n <= state.seen) return state;
  const place = event.turn === undefined ? { seen: event.n } : { seen: event.n, seenTurn: event.turn };
  return { ...happened(state, event), ...place };
}

function happened(state: ChatState, event: ServerEvent): ChatState {
  switch (event.type) {
    case 'start': {
      // A start that is told again, to a page that came later, is followed by all of the answer.
      const begun = changeRunning(state, (turn) => ({ ...turn, phase: 'reading', answer: '' }));
      return event.conversation === undefined ? begun : { ...begun, id: event.conversation };
    }
    case 'stream':
      return changeRunning(state, (turn) => ({
        ...turn,
        phase: 'writing',
        answer: turn.answer + event.content,
      }));
    case 'end':
      return ended(state, event);
    case 'error':
      return failed(state, event);
    default:
      return state;
  }
}

function ended(state: ChatState, event: EndEvent): ChatState {
  const running = runningTurn(state);
  if (!running) return state;
  const { finishReason = 'stop', usage, context, messages, title } = event;
  const ids = messages && { userId: messages.user, answerId: messages.assistant };
  const kept = title === undefined ? state : { ...state, stored: { ...state.stored, title } };
  if (state.before && !messages) return restore(kept, state.before, running);
  const { before: _, ...rest } = kept;
  const next = changeRunning(rest, ({ stopping: _, ...turn }) => ({
    ...turn,
    phase: 'done',
    finishReason,
    ...(usage && { usage }),
    ...(context && { context }),
    ...ids,
  }));
  return messages ? { ...next, stored: withTurn(next.stored, next.turns) } : next;
}

function restore(state: ChatState, before: readonly Turn[], running: Turn, error?: ChatError): ChatState {
  const { before: _, ...rest } = state;
  // A message that is only answered again stands on the page; another version of it would be lost.
  const text = running.userId === undefined ? running.question : '';
  return { ...rest, turns: before, refused: { text, turn: running.id, ...(error && { error }) } };
}

function withoutRefusal(state: ChatState): ChatState {
  const { refused: _, ...rest } = state;
  return rest;
}

function failed(state: ChatState, event: ChatError & { readonly ended?: true }): ChatState {
  const running = runningTurn(state);
  // A refusal of some other frame says nothing about an answer that has begun.
  if (!running || (!event.ended && running.phase !== 'sent')) return state;
  // What was written by then is kept: it is read when the server is back.
  if (state.named && event.code === 'shutting_down' && running.phase === 'writing') return state;
  const { code, message, promptTokens, contextLength } = event;
  const error: ChatError = {
    code,
    message,
    ...(promptTokens !== undefined && { promptTokens }),
    ...(contextLength !== undefined && { contextLength }),
  };
  const gone = code === 'not_found' && state.id !== undefined;
  const next: ChatState = gone ? { ...state, status: 'gone' } : state;
  if (next.before) return restore(next, next.before, running, error);
  return changeRunning(next, (turn) => ({ ...turn, phase: 'failed', error }));
}

/** Whether the model has taken any of its messages: where it has not, the server keeps no conversation. */
export function hasBegun({ turns, stored, before = [] }: ChatState): boolean {
  return stored.messages.length > 0 || [...turns, ...before].some(({ answerId }) => answerId !== undefined);
}

function left({ id: _, ...state }: ChatState): ChatState {
  const next: ChatState = { ...state, status: 'ready', seen: 0, stored: EMPTY_STORED };
  return changeRunning(next, (turn) => ({ ...turn, phase: 'lost' }));
}

function changeRunning(state: ChatState, change: (turn: Turn) => Turn): ChatState {
  const running = runningTurn(state);
  if (!running) return state;
  return { ...state, turns: [...state.turns.slice(0, -1), change(running)] };
}
