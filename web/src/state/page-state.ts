// All that the page holds: its connection, the conversations that were opened, which one is shown, and what
// the reader chose. Events find their conversation here: by its id, by the tag of the message that began it,
// or, from a server that names neither, by where the last message went.

import type { ServerEvent } from '../api/chat-protocol.ts';
import {
  type ChatAction,
  type ChatState,
  chatReducer,
  hasBegun,
  initialChat,
  runningTurn,
} from './chat-state.ts';
import { DEFAULT_PAGE_SETTINGS, type PageSettings } from './page-settings.ts';

/** `plain`: a server without stored conversations; `unknown` until it was asked. */
export type Mode = 'unknown' | 'plain' | 'topics';

export interface PageState {
  readonly connection: ChatState['connection'];
  readonly mode: Mode;
  /** the server has refused the key that the page has, or asks for one */
  readonly keyNeeded: boolean;
  /** by id; a conversation that has none yet by its tag */
  readonly chats: Readonly<Record<string, ChatState>>;
  readonly current: string;
  /** where the last message went */
  readonly asked: string;
  readonly settings: PageSettings;
  /** what went wrong with something that the reader asked for, beside the conversations */
  readonly trouble?: Trouble;
}

export interface Trouble {
  readonly code: string;
  /** in the server's words */
  readonly message: string;
}

export type PageAction =
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  | { readonly type: 'mode'; readonly mode: 'plain' | 'topics' }
  | { readonly type: 'keyNeeded'; readonly needed: boolean }
  | { readonly type: 'shown'; readonly key: string }
  | { readonly type: 'asked'; readonly key: string }
  | { readonly type: 'chat'; readonly key: string; readonly action: ChatAction }
  | { readonly type: 'deleted'; readonly key: string; readonly next: string }
  /** the server keeps nothing of it */
  | { readonly type: 'left'; readonly key: string }
  | { readonly type: 'settings'; readonly settings: PageSettings }
  | { readonly type: 'trouble'; readonly trouble: Trouble | undefined }
  | { readonly type: 'received'; readonly event: ServerEvent };

export function initialPage(key: string, id?: string): PageState {
  return {
    connection: 'connecting',
    mode: 'unknown',
    keyNeeded: false,
    chats: { [key]: { ...initialChat, named: true, born: key, ...(id && { id, status: 'loading' }) } },
    current: key,
    asked: key,
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
      return shown(state, action.key);
    case 'asked':
      return { ...state, asked: action.key };
    case 'chat':
      return changeChat(state, action.key, action.action);
    case 'deleted':
      return deleted(state, action.key, action.next);
    case 'left':
      return left(state, action.key);
    case 'settings':
      return { ...state, settings: action.settings };
    case 'trouble': {
      const { trouble: _, ...rest } = state;
      return action.trouble === undefined ? rest : { ...rest, trouble: action.trouble };
    }
    case 'received':
      return received(state, action.event);
  }
}

export function currentChat(state: PageState): ChatState {
  return state.chats[state.current] ?? initialChat;
}

/** Ids of the conversations in which an answer is being written. */
export function runningIds(state: PageState): ReadonlySet<string> {
  return new Set(Object.keys(state.chats).filter((key) => runningTurn(state.chats[key] ?? initialChat)));
}

/** The key of the conversation that an event belongs to; undefined for one that is not open here. */
export function keyOf(state: PageState, { conversation, tag }: ServerEvent): string | undefined {
  if (conversation !== undefined && state.chats[conversation]) return conversation;
  // After a reload a tag may be somebody else's: it counts only while its conversation has no id.
  if (tag !== undefined && state.chats[tag]) return tag;
  return conversation === undefined ? state.asked : undefined;
}

function shown(state: PageState, key: string): PageState {
  if (state.chats[key]) return { ...state, current: key };
  const isId = !isTag(key);
  const chat: ChatState = {
    ...initialChat,
    named: true,
    born: key,
    connection: state.connection,
    ...(isId && { id: key, status: 'loading' as const }),
  };
  return { ...state, current: key, chats: { ...state.chats, [key]: chat } };
}

const TAG_PREFIX = 'new-';

const isTag = (key: string): boolean => key.startsWith(TAG_PREFIX);

export const tagOf = (number: number): string => `${TAG_PREFIX}${number}`;

function withMode(state: PageState, mode: 'plain' | 'topics'): PageState {
  const chats = Object.entries(state.chats).map(([key, chat]) => {
    const { id: _, ...rest } = chat;
    return [key, mode === 'plain' ? { ...rest, named: false, status: 'ready' as const } : chat] as const;
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

function deleted(state: PageState, key: string, next: string): PageState {
  const { [key]: _, ...chats } = state.chats;
  const rest = { ...state, chats };
  return state.current === key ? shown(rest, next) : rest;
}

function received(state: PageState, event: ServerEvent): PageState {
  const key = keyOf(state, event);
  if (key === undefined) return state;
  const next = changeChat(state, key, { type: 'received', event });
  const { conversation } = event;
  const found = conversation !== undefined && key !== conversation ? renamed(next, key, conversation) : next;
  const ended = event.type === 'end' || (event.type === 'error' && event.ended);
  return ended && conversation !== undefined ? left(found, conversation) : found;
}

/** A conversation whose first turn came to nothing has no id again; what was written in it stays. */
function left(state: PageState, id: string): PageState {
  const chat = state.chats[id];
  if (!chat || !isTag(chat.born) || hasBegun(chat)) return state;
  return renamed(changeChat(state, id, { type: 'left' }), id, chat.born);
}

/** A conversation is known by another key from here: its id instead of its tag, or the other way round. */
function renamed(state: PageState, from: string, to: string): PageState {
  const { [from]: chat, ...others } = state.chats;
  if (!chat) return state;
  const follow = (key: string): string => (key === from ? to : key);
  return {
    ...state,
    chats: { ...others, [to]: chat },
    current: follow(state.current),
    asked: follow(state.asked),
  };
}
