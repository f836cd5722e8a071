// The state of the page: the connection, the open conversations, which one is shown, and the settings. It routes each
// event to its conversation: by id, by the tag of the message that created it, or, for a server that sends neither, to the
// conversation that received the last message.

import type { ServerEvent } from '../api/chat-protocol.ts';
import {
  type ChatAction,
  type ChatState,
  chatReducer,
  hasAnswers,
  initialChat,
  runningTurn,
} from './chat-state.ts';
import { DEFAULT_PAGE_SETTINGS, type PageSettings } from './page-settings.ts';

/** Whether the server stores conversations; `unknown` until the server has responded. */
export type ServerMode = 'unknown' | 'unstored' | 'stored';

export interface PageState {
  readonly connection: ChatState['connection'];
  readonly mode: ServerMode;
  /** whether the server requires an API key, or rejected the current key */
  readonly keyNeeded: boolean;
  /** open conversations by id, or by tag while a conversation has no id */
  readonly chats: Readonly<Record<string, ChatState>>;
  readonly current: string;
  /** key of the conversation that received the last message */
  readonly lastSentTo: string;
  readonly settings: PageSettings;
  /** error of the last user action, if the action was not a message */
  readonly error?: PageError;
}

export interface PageError {
  readonly code: string;
  /** message of the server */
  readonly message: string;
}

export type PageAction =
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  | { readonly type: 'mode'; readonly mode: 'unstored' | 'stored' }
  | { readonly type: 'keyNeeded'; readonly needed: boolean }
  | { readonly type: 'shown'; readonly key: string }
  | { readonly type: 'messageSent'; readonly key: string }
  | { readonly type: 'chat'; readonly key: string; readonly action: ChatAction }
  | { readonly type: 'deleted'; readonly key: string; readonly next: string }
  /** the server did not store the conversation */
  | { readonly type: 'discarded'; readonly key: string }
  | { readonly type: 'settings'; readonly settings: PageSettings }
  | { readonly type: 'error'; readonly error: PageError | undefined }
  | { readonly type: 'received'; readonly event: ServerEvent };

export function initialPage(key: string, id?: string): PageState {
  return {
    connection: 'connecting',
    mode: 'unknown',
    keyNeeded: false,
    chats: {
      [key]: { ...initialChat, persistent: true, initialKey: key, ...(id && { id, status: 'loading' }) },
    },
    current: key,
    lastSentTo: key,
    settings: DEFAULT_PAGE_SETTINGS,
  };
}

export function pageReducer(state: PageState, action: PageAction): PageState {
  switch (action.type) {
    case 'opened':
      return { ...eachChat(state, action), connection: 'open' };
    case 'closed':
      return { ...eachChat(state, action), connection: 'lost' };
    case 'mode':
      return withMode(state, action.mode);
    case 'keyNeeded':
      return { ...state, keyNeeded: action.needed };
    case 'shown':
      return showChat(state, action.key);
    case 'messageSent':
      return { ...state, lastSentTo: action.key };
    case 'chat':
      return changeChat(state, action.key, action.action);
    case 'deleted':
      return deleteChat(state, action.key, action.next);
    case 'discarded':
      return discardUnstored(state, action.key);
    case 'settings':
      return { ...state, settings: action.settings };
    case 'error': {
      const { error: _, ...rest } = state;
      return action.error === undefined ? rest : { ...rest, error: action.error };
    }
    case 'received':
      return handleEvent(state, action.event);
  }
}

export function currentChat(state: PageState): ChatState {
  return state.chats[state.current] ?? initialChat;
}

/** Returns the keys of the conversations with a running answer. */
export function runningChatKeys(state: PageState): ReadonlySet<string> {
  return new Set(Object.keys(state.chats).filter((key) => runningTurn(state.chats[key] ?? initialChat)));
}

/** Returns the key of the conversation of an event; undefined if the conversation is not open on this page. */
export function conversationKeyOf(state: PageState, { conversation, tag }: ServerEvent): string | undefined {
  if (conversation !== undefined && state.chats[conversation]) return conversation;
  // A tag is only unique on one page, so it is used only while its conversation has no id.
  if (tag !== undefined && state.chats[tag]) return tag;
  return conversation === undefined ? state.lastSentTo : undefined;
}

function showChat(state: PageState, key: string): PageState {
  if (state.chats[key]) return { ...state, current: key };
  const isId = !isTag(key);
  const chat: ChatState = {
    ...initialChat,
    persistent: true,
    initialKey: key,
    connection: state.connection,
    ...(isId && { id: key, status: 'loading' as const }),
  };
  return { ...state, current: key, chats: { ...state.chats, [key]: chat } };
}

const TAG_PREFIX = 'new-';

const isTag = (key: string): boolean => key.startsWith(TAG_PREFIX);

export const tagOf = (number: number): string => `${TAG_PREFIX}${number}`;

function withMode(state: PageState, mode: 'unstored' | 'stored'): PageState {
  const chats = Object.entries(state.chats).map(([key, chat]) => {
    const { id: _, ...rest } = chat;
    return [
      key,
      mode === 'unstored' ? { ...rest, persistent: false, status: 'ready' as const } : chat,
    ] as const;
  });
  return { ...state, mode, chats: Object.fromEntries(chats) };
}

function changeChat(state: PageState, key: string, action: ChatAction): PageState {
  const chat = state.chats[key];
  if (!chat) return state;
  return { ...state, chats: { ...state.chats, [key]: chatReducer(chat, action) } };
}

function eachChat(state: PageState, action: ChatAction): PageState {
  return Object.keys(state.chats).reduce((next, key) => changeChat(next, key, action), state);
}

function deleteChat(state: PageState, key: string, next: string): PageState {
  const { [key]: _, ...chats } = state.chats;
  const remaining = { ...state, chats };
  return state.current === key ? showChat(remaining, next) : remaining;
}

function handleEvent(state: PageState, event: ServerEvent): PageState {
  const key = conversationKeyOf(state, event);
  if (key === undefined) return state;
  const next = changeChat(state, key, { type: 'received', event });
  const { conversation } = event;
  const keyed =
    conversation !== undefined && key !== conversation ? changeKey(next, key, conversation) : next;
  const hasEnded = event.type === 'end' || (event.type === 'error' && event.ended);
  return hasEnded && conversation !== undefined ? discardUnstored(keyed, conversation) : keyed;
}

/** Removes the id of a conversation that the server did not store; its turns stay on the page. */
function discardUnstored(state: PageState, id: string): PageState {
  const chat = state.chats[id];
  if (!chat || !isTag(chat.initialKey) || hasAnswers(chat)) return state;
  return changeKey(changeChat(state, id, { type: 'discarded' }), id, chat.initialKey);
}

/** Changes the key of a conversation from its tag to its id, or back. */
function changeKey(state: PageState, from: string, to: string): PageState {
  const { [from]: chat, ...others } = state.chats;
  if (!chat) return state;
  const newKeyOf = (key: string): string => (key === from ? to : key);
  return {
    ...state,
    chats: { ...others, [to]: chat },
    current: newKeyOf(state.current),
    lastSentTo: newKeyOf(state.lastSentTo),
  };
}
