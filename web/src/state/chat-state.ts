// The state of one conversation on the page, and the reducer that applies actions and server events to it. It uses no
// socket, no React and no clock, so that tests can cover the whole behaviour of a conversation.

import type { ChatError, EndEvent, ServerEvent, Usage } from '../api/chat-protocol.ts';
import type { StoredConversation } from '../api/stored-conversation.ts';
import { turnsOf, withTurn } from './branches.ts';
import type { Turn, TurnPhase } from './turn.ts';

export interface ChatState {
  readonly connection: 'connecting' | 'open' | 'lost';
  readonly turns: readonly Turn[];
  /** number of leading turns that the server no longer has, because it discarded them with the lost connection */
  readonly lostTurns: number;
  /** whether a reset was sent and not yet confirmed; events that arrive until then belong to the old conversation */
  readonly resetting: boolean;
  readonly nextId: number;
  /** whether the server stores the conversation and continues an answer after the connection is lost */
  readonly persistent: boolean;
  /** key of the conversation when it was opened on this page; does not change when it gets its id */
  readonly initialKey: string;
  /** undefined until the server has created the conversation */
  readonly id?: string;
  readonly status: 'ready' | 'loading' | 'failed' | 'missing';
  readonly stored: StoredConversation;
  /** number of the last received event, and the id of the turn of this event; older servers send no turn id */
  readonly lastEvent: number;
  readonly lastEventTurn?: string;
  /** all turns as they were before the running turn replaced some; restored if the server rejects the running turn */
  readonly replacedTurns?: readonly Turn[];
  /** why a message or an answer could not be replaced; `text` is the edited text */
  readonly rejection?: { readonly error?: ChatError; readonly text: string; readonly turn: number };
}

export type ChatAction =
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  | { readonly type: 'sent'; readonly text: string }
  /** replaces an answer, or a message and its answer */
  | { readonly type: 'regenerating'; readonly answer: string }
  | { readonly type: 'editing'; readonly message: string; readonly text: string }
  | { readonly type: 'stopping' }
  | { readonly type: 'resetting' }
  /** the server has created the conversation with these settings */
  | { readonly type: 'created'; readonly stored: StoredConversation }
  | { readonly type: 'loading' }
  /** `idle`: the server reported that no answer is running */
  | { readonly type: 'loaded'; readonly stored: StoredConversation; readonly idle: boolean }
  | { readonly type: 'loadFailed'; readonly missing: boolean }
  /** another client deleted the conversation */
  | { readonly type: 'deleted' }
  /** the first turn produced no answer, so the server did not store the conversation */
  | { readonly type: 'discarded' }
  | { readonly type: 'received'; readonly event: ServerEvent };

const EMPTY_STORED: StoredConversation = { title: '', messages: [] };

export const initialChat: ChatState = {
  connection: 'connecting',
  turns: [],
  lostTurns: 0,
  resetting: false,
  nextId: 1,
  persistent: false,
  initialKey: '',
  status: 'ready',
  stored: EMPTY_STORED,
  lastEvent: 0,
};

export function chatReducer(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case 'opened':
      return { ...state, connection: 'open' };
    case 'closed':
      return handleClose(state);
    case 'sent':
      return appendTurn(withoutRejection(state), { question: action.text });
    case 'regenerating':
      return replaceTurnsFrom(state, (turn) => turn.answerId === action.answer);
    case 'editing':
      return replaceTurnsFrom(state, (turn) => turn.userId === action.message, action.text);
    case 'stopping':
      return changeRunningTurn(state, (turn) => ({ ...turn, stopping: true }));
    case 'resetting':
      return { ...state, turns: [], lostTurns: 0, resetting: state.connection === 'open' };
    case 'created':
      return { ...state, stored: action.stored };
    case 'loading':
      return { ...state, status: state.turns.length > 0 ? 'ready' : 'loading' };
    case 'loaded':
      return applyLoaded(state, action.stored, action.idle);
    case 'loadFailed':
      return { ...state, status: action.missing ? 'missing' : state.turns.length > 0 ? 'ready' : 'failed' };
    case 'deleted':
      return { ...state, status: 'missing' };
    case 'discarded':
      return applyDiscarded(state);
    case 'received':
      return handleEvent(state, action.event);
  }
}

/** Returns the turn whose answer is running, if any. */
export function runningTurn(state: ChatState): Turn | undefined {
  const lastTurn = state.turns.at(-1);
  return lastTurn && RUNNING.has(lastTurn.phase) ? lastTurn : undefined;
}

/**
 * Returns whether the server discarded the turn, so that later prompts do not contain it: the turn failed, or was stopped
 * before the first token of the answer.
 */
export function isDiscarded(turn: Turn): boolean {
  if (turn.phase === 'failed') return true;
  if (turn.finishReason !== 'cancelled' || turn.answerId !== undefined) return false;
  return (turn.usage?.generatedTokens ?? 0) === 0;
}

/** Returns the usage of the last finished turn that the server still has. */
export function latestUsage(state: ChatState): Usage | undefined {
  return state.turns.slice(state.lostTurns).findLast((turn) => turn.usage)?.usage;
}

/** Returns a string that changes whenever a turn ends. The page then fetches the state of the server again. */
export function lastEndedKey({ turns }: ChatState): string {
  const endedTurn = turns.findLast(({ phase }) => phase === 'done' || phase === 'failed');
  return endedTurn === undefined ? '' : `${endedTurn.id} ${endedTurn.phase}`;
}

/** Returns the number of leading messages that the context policy dropped. */
export function droppedMessages(state: ChatState): number {
  return state.turns.findLast((turn) => turn.phase === 'done')?.context?.droppedMessages ?? 0;
}

export interface FullContext {
  /** tokens of the conversation, including a rejected message */
  readonly used: number;
  readonly length: number;
  /** whether the server rejected the last message because it did not fit */
  readonly rejected: boolean;
}

/** Returns the token counts if the context is full, otherwise undefined. */
export function fullContextOf(state: ChatState): FullContext | undefined {
  const lastTurn = state.turns.slice(state.lostTurns).at(-1);
  if (lastTurn?.error?.code === 'context_length_exceeded') {
    const { promptTokens = 0, contextLength = 0 } = lastTurn.error;
    return { used: promptTokens, length: contextLength, rejected: true };
  }
  if (lastTurn?.finishReason !== 'length' || !lastTurn.usage) return undefined;
  const { contextUsed, contextLength } = lastTurn.usage;
  // The last sampled token may not be counted, so one token less also means full.
  return contextUsed >= contextLength - 1
    ? { used: contextUsed, length: contextLength, rejected: false }
    : undefined;
}

const RUNNING: ReadonlySet<TurnPhase> = new Set(['sent', 'reading', 'writing']);

function appendTurn(state: ChatState, turn: Pick<Turn, 'question' | 'userId'>): ChatState {
  const addedTurn: Turn = { id: state.nextId, answer: '', phase: 'sent', live: true, ...turn };
  return { ...state, turns: [...state.turns, addedTurn], nextId: state.nextId + 1 };
}

/** @param text new text of the message; undefined to answer the same message again */
function replaceTurnsFrom(state: ChatState, isFirst: (turn: Turn) => boolean, text?: string): ChatState {
  const index = state.turns.findIndex(isFirst);
  const replaced = state.turns[index];
  if (!replaced) return state;
  const base = { ...withoutRejection(state), turns: state.turns.slice(0, index), replacedTurns: state.turns };
  const { question, userId } = replaced;
  return appendTurn(base, text === undefined ? { question, ...(userId && { userId }) } : { question: text });
}

function handleClose(state: ChatState): ChatState {
  if (state.persistent) return { ...abandonWithoutId(state), connection: 'lost' };
  const next = changeRunningTurn(state, (turn) => ({ ...turn, phase: 'lost' }));
  return { ...next, connection: 'lost', lostTurns: next.turns.length, resetting: false };
}

/** Marks the running turn as lost if the conversation has no id yet: without an id its result cannot be requested. */
function abandonWithoutId(state: ChatState): ChatState {
  return state.id === undefined ? changeRunningTurn(state, (turn) => ({ ...turn, phase: 'lost' })) : state;
}

function applyLoaded(state: ChatState, stored: StoredConversation, idle: boolean): ChatState {
  const running = runningTurn(state);
  const knownIds = new Set(state.stored.messages.map(({ id }) => id));
  const hasNewMessages = stored.messages.some(({ id }) => !knownIds.has(id));
  // The loaded copy may be older than the turn that has just started.
  if (running && !hasNewMessages && !idle) return { ...state, stored, status: 'ready' };
  const { replacedTurns: _, ...rest } = state;
  const loadedState = {
    ...rest,
    ...turnsOf(stored, state.turns, state.nextId),
    stored,
    status: 'ready' as const,
  };
  if (!running) return keepDiscarded(loadedState, state);
  if (!hasNewMessages)
    return { ...loadedState, turns: [...loadedState.turns, { ...running, phase: 'lost' }] };
  const lastTurn = loadedState.turns.at(-1);
  if (!lastTurn || !RUNNING.has(lastTurn.phase))
    return { ...loadedState, turns: markLive(loadedState.turns) };
  // The text received over the socket is at least as long as the stored text.
  const merged = { ...running, ...(lastTurn.userId && { userId: lastTurn.userId }) };
  return { ...state, ...loadedState, turns: [...loadedState.turns.slice(0, -1), merged] };
}

/** Keeps a discarded message on the page while it is the last message. */
function keepDiscarded(loadedState: ChatState, { turns }: ChatState): ChatState {
  const lastTurn = turns.at(-1);
  return lastTurn && lastTurn.userId === undefined
    ? { ...loadedState, turns: [...loadedState.turns, lastTurn] }
    : loadedState;
}

function markLive(turns: readonly Turn[]): readonly Turn[] {
  return turns.map((turn, index) => (index === turns.length - 1 ? { ...turn, live: true as const } : turn));
}

function handleEvent(state: ChatState, event: ServerEvent): ChatState {
  if (event.type === 'reset') return { ...state, resetting: false };
  if (state.resetting) return state;
  if (event.n === undefined) return applyEvent(state, event);
  const sameTurn = event.turn === state.lastEventTurn;
  if (sameTurn && event.n <= state.lastEvent) return state;
  const position = { lastEvent: event.n, ...(event.turn !== undefined && { lastEventTurn: event.turn }) };
  return { ...applyEvent(state, event), ...position };
}

function applyEvent(state: ChatState, event: ServerEvent): ChatState {
  switch (event.type) {
    case 'start': {
      // After a resume the server may repeat the start, followed by the whole answer.
      const startedState = changeRunningTurn(state, (turn) => ({ ...turn, phase: 'reading', answer: '' }));
      return event.conversation === undefined ? startedState : { ...startedState, id: event.conversation };
    }
    case 'stream':
      return changeRunningTurn(state, (turn) => ({
        ...turn,
        phase: 'writing',
        answer: turn.answer + event.content,
      }));
    case 'end':
      return applyEnd(state, event);
    case 'error':
      return applyError(state, event);
    default:
      return state;
  }
}

function applyEnd(state: ChatState, event: EndEvent): ChatState {
  const running = runningTurn(state);
  if (!running) return state;
  const { finishReason = 'stop', usage, context, messages, title } = event;
  const ids = messages && { userId: messages.user, answerId: messages.assistant };
  const titled = title === undefined ? state : { ...state, stored: { ...state.stored, title } };
  if (state.replacedTurns && !messages) return restoreTurns(titled, state.replacedTurns, running);
  const { replacedTurns: _, ...rest } = titled;
  const next = changeRunningTurn(rest, ({ stopping: _, ...turn }) => ({
    ...turn,
    phase: 'done',
    finishReason,
    ...(usage && { usage }),
    ...(context && { context }),
    ...ids,
  }));
  return messages ? { ...next, stored: withTurn(next.stored, next.turns) } : next;
}

function restoreTurns(
  state: ChatState,
  replaced: readonly Turn[],
  running: Turn,
  error?: ChatError,
): ChatState {
  const { replacedTurns: _, ...rest } = state;
  // The text of an edited message would be lost; a regenerated message is still on the page.
  const text = running.userId === undefined ? running.question : '';
  return { ...rest, turns: replaced, rejection: { text, turn: running.id, ...(error && { error }) } };
}

function withoutRejection(state: ChatState): ChatState {
  const { rejection: _, ...rest } = state;
  return rest;
}

function applyError(state: ChatState, event: ChatError & { readonly ended?: true }): ChatState {
  const running = runningTurn(state);
  // Without `ended`, the error is about another command and does not concern an answer that has started.
  if (!running || (!event.ended && running.phase !== 'sent')) return state;
  // The server stores the partial answer; the page loads it after reconnecting.
  if (state.persistent && event.code === 'shutting_down' && running.phase === 'writing') return state;
  const { code, message, promptTokens, contextLength } = event;
  const error: ChatError = {
    code,
    message,
    ...(promptTokens !== undefined && { promptTokens }),
    ...(contextLength !== undefined && { contextLength }),
  };
  const isMissing = code === 'not_found' && state.id !== undefined;
  const next: ChatState = isMissing ? { ...state, status: 'missing' } : state;
  if (next.replacedTurns) return restoreTurns(next, next.replacedTurns, running, error);
  return changeRunningTurn(next, (turn) => ({ ...turn, phase: 'failed', error }));
}

/** Returns whether the conversation has an answer. The server does not store a conversation without an answer. */
export function hasAnswers({ turns, stored, replacedTurns = [] }: ChatState): boolean {
  return (
    stored.messages.length > 0 || [...turns, ...replacedTurns].some(({ answerId }) => answerId !== undefined)
  );
}

function applyDiscarded({ id: _, ...state }: ChatState): ChatState {
  const next: ChatState = { ...state, status: 'ready', lastEvent: 0, stored: EMPTY_STORED };
  return changeRunningTurn(next, (turn) => ({ ...turn, phase: 'lost' }));
}

function changeRunningTurn(state: ChatState, change: (turn: Turn) => Turn): ChatState {
  const running = runningTurn(state);
  if (!running) return state;
  return { ...state, turns: [...state.turns.slice(0, -1), change(running)] };
}
