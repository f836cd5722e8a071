// Acts for the page: sends what the reader wants, takes what the server tells, and goes on after a lost
// connection. What all of it means is decided in the reducers; here is what must be sent, and when.

import type { ConversationAnswer, ConversationChanges } from '../api/api-client.ts';
import { ApiError } from '../api/api-client.ts';
import type { Command, ServerEvent } from '../api/chat-protocol.ts';
import type { Topic } from '../api/stored-conversation.ts';
import { inBackground } from '../browser/in-background.ts';
import { type ChatAction, type ChatState, initialChat, runningTurn } from '../state/chat-state.ts';
import {
  initialPage,
  keyOf,
  type PageAction,
  type PageState,
  pageReducer,
  tagOf,
} from '../state/page-state.ts';
import { Store } from '../state/store.ts';

/** What the session needs of the socket; false: there is no open one. */
export interface CommandSender {
  send(command: Command): boolean;
}

/** What the session needs of the requests. */
export interface ConversationSource {
  get(id: string): Promise<ConversationAnswer>;
  change(id: string, changes: ConversationChanges): Promise<ConversationAnswer>;
}

export interface SessionListener {
  /** the title or the date of a conversation changed */
  changed(topic: Partial<Topic> & Pick<Topic, 'id'>): void;
  /** a conversation was read, which the list may show otherwise */
  read(topic: Topic): void;
  /** a conversation that was new has its id */
  named(id: string): void;
  /** the server does not have it: it never came to be, or was deleted elsewhere */
  gone(id: string): void;
}

interface Waiting {
  readonly key: string;
  readonly turn: number;
  readonly command: () => Command;
}

export class ChatSession {
  readonly store: Store<PageState, PageAction>;
  readonly #sender: () => CommandSender | undefined;
  readonly #source: ConversationSource;
  readonly #listener: SessionListener;
  #waiting: readonly Waiting[] = [];
  readonly #updatedAt = new Map<string, number>();
  #tags = 1;

  /** @param id of the conversation to begin with, for an address that names one */
  constructor(
    sender: () => CommandSender | undefined,
    source: ConversationSource,
    listener: SessionListener,
    id?: string,
  ) {
    this.store = new Store(initialPage(id ?? tagOf(this.#tags), id), pageReducer);
    this.#sender = sender;
    this.#source = source;
    this.#listener = listener;
  }

  get #state(): PageState {
    return this.store.get();
  }

  /** The server says what it is; messages that waited for that are sent. */
  learned(mode: 'plain' | 'topics'): void {
    if (this.#state.mode === mode) return;
    this.store.dispatch({ type: 'mode', mode });
    if (mode === 'topics' && this.#current.status === 'loading') inBackground(this.read(this.#state.current));
    this.#watch();
    this.#flush();
  }

  opened(): void {
    this.store.dispatch({ type: 'opened' });
    this.#watch();
    for (const [key, chat] of Object.entries(this.#state.chats)) {
      const waits = this.#waiting.some((one) => one.key === key);
      if (chat.named && chat.id && runningTurn(chat) && !waits) this.#resume(chat);
    }
    // What others wrote meanwhile was not told here.
    const { mode, current } = this.#state;
    const idle = this.#current.status === 'ready' && !runningTurn(this.#current);
    if (mode === 'topics' && this.#current.id !== undefined && idle) inBackground(this.read(current));
    this.#flush();
  }

  closed(): void {
    this.store.dispatch({ type: 'closed' });
  }

  received(event: ServerEvent): void {
    const key = keyOf(this.#state, event);
    const before = key === undefined ? undefined : this.#state.chats[key];
    this.store.dispatch({ type: 'received', event });
    if (event.type === 'start' && before && before.id === undefined && event.conversation !== undefined) {
      this.#begun(event.conversation);
    }
    if (before?.id !== undefined) this.#noticeGone(before.id);
    if (event.type === 'end' && event.conversation !== undefined && event.messages) {
      const title = event.title === undefined ? {} : { title: event.title };
      this.#listener.changed({ id: event.conversation, updatedAt: Date.now(), ...title });
    }
    if (event.type === 'resumed' && event.conversation !== undefined) {
      const chat = this.#state.chats[event.conversation];
      const over = !event.running && chat && runningTurn(chat);
      if (event.missed || over) inBackground(this.read(event.conversation, !event.running));
    }
  }

  /** False when it could not be sent; the text is then still the caller's. */
  send(text: string): boolean {
    const tag = this.#state.current;
    return this.#ask({ type: 'sent', text }, () => this.#messageOf(tag, text));
  }

  regenerate(answer: string): boolean {
    const { id } = this.#current;
    if (id === undefined) return false;
    return this.#ask({ type: 'regenerating', answer }, () => ({ conversation: id, regenerate: answer }));
  }

  edit(message: string, text: string): boolean {
    const { id } = this.#current;
    if (id === undefined) return false;
    const command = { conversation: id, edit: message, message: text };
    return this.#ask({ type: 'editing', message, text }, () => command);
  }

  stop(key = this.#state.current): void {
    const chat = this.#state.chats[key];
    if (!chat) return;
    // Without an id there is nothing to name yet; it is stopped when it has begun.
    const nameless = chat.named && chat.id === undefined;
    if (nameless || this.#sender()?.send({ ...nameOf(chat), cancel: true }))
      this.#change({ type: 'stopping' }, key);
  }

  /** Stops the answer of a conversation that need not be open here. */
  cancel(id: string): void {
    this.#sender()?.send({ conversation: id, cancel: true });
  }

  /** An empty page. Where the server keeps nothing, what was said before is gone. */
  startNew(): void {
    if (this.#state.mode === 'plain') {
      this.#sender()?.send({ reset: true });
      this.#change({ type: 'resetting' });
      return;
    }
    const empty = Object.entries(this.#state.chats).find(
      ([, chat]) => chat.id === undefined && chat.turns.length === 0,
    );
    this.store.dispatch({ type: 'shown', key: empty?.[0] ?? this.#nextTag() });
  }

  show(id: string): void {
    const had = this.#state.chats[id];
    this.store.dispatch({ type: 'shown', key: id });
    if (this.#state.mode === 'topics' && had?.status !== 'ready') inBackground(this.read(id));
  }

  /**
   * Reads a conversation (again), and follows the answer that is being written in it.
   * @param idle the server has said that there is none
   */
  async read(id: string, idle = false): Promise<void> {
    this.#change({ type: 'loading' }, id);
    const result = await this.#source.get(id).catch((error: unknown) => error);
    if (isConversation(result)) return this.#take(id, result, idle);
    const gone = statusOf(result) === 404;
    if (gone) this.store.dispatch({ type: 'left', key: id });
    this.#change({ type: 'unreadable', gone }, id);
    if (gone) this.#listener.gone(id);
  }

  /** Changes a conversation and shows it as it is then. Rejects with an ApiError. */
  async change(id: string, changes: ConversationChanges): Promise<void> {
    const changed = await this.#source.change(id, changes);
    this.#take(id, changed);
    // It may not be open here.
    this.#listener.changed({ id, title: changed.title, updatedAt: changed.updatedAt });
  }

  /** When a conversation had changed last as it was read; undefined where it was not. */
  updatedAt(id: string): number | undefined {
    return this.#updatedAt.get(id);
  }

  /** A conversation was deleted elsewhere. */
  lost(id: string): void {
    this.#change({ type: 'gone' }, id);
    this.#listener.gone(id);
  }

  forget(id: string): void {
    this.store.dispatch({ type: 'deleted', key: id, next: this.#nextTag() });
  }

  /** Tells when the page has learned from an event that the server does not have a conversation. */
  #noticeGone(id: string): void {
    const chat = this.#state.chats[id];
    if (!chat || chat.status === 'gone') this.#listener.gone(id);
  }

  get #current(): ChatState {
    return this.#state.chats[this.#state.current] ?? initialChat;
  }

  #nextTag(): string {
    this.#tags += 1;
    return tagOf(this.#tags);
  }

  #change(action: ChatAction, key = this.#state.current): void {
    this.store.dispatch({ type: 'chat', key, action });
  }

  #take(id: string, stored: ConversationAnswer, idle = false): void {
    const before = this.#state.chats[id];
    if (!before) return;
    this.#updatedAt.set(id, stored.updatedAt);
    this.#change({ type: 'loaded', stored, idle }, id);
    this.#listener.read(stored);
    const chat = this.#state.chats[id];
    if (chat && runningTurn(chat) && !runningTurn(before)) this.#resume({ ...chat, seen: 0 });
  }

  #ask(action: ChatAction, command: () => Command): boolean {
    const { connection, current: key } = this.#state;
    if (connection === 'lost' || runningTurn(this.#current)) return false;
    this.#change(action);
    const turn = runningTurn(this.#current);
    if (!turn) return false;
    this.store.dispatch({ type: 'asked', key });
    this.#waiting = [...this.#waiting, { key, turn: turn.id, command }];
    this.#flush();
    return true;
  }

  /** Asks to be told of changes, of a server that keeps conversations. */
  #watch(): void {
    const { connection, mode } = this.#state;
    if (connection === 'open' && mode === 'topics') this.#sender()?.send({ watch: true });
  }

  /** Sends what waits, once the server has said what it is. */
  #flush(): void {
    if (this.#state.connection !== 'open' || this.#state.mode === 'unknown') return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      const chat = this.#state.chats[one.key];
      const turn = chat && runningTurn(chat);
      if (turn?.id === one.turn && !this.#sender()?.send(one.command())) {
        this.#waiting = [...this.#waiting, one];
      }
    }
  }

  #messageOf(key: string, message: string): Command {
    const chat = this.#state.chats[key];
    if (!chat?.named) return { message };
    if (chat.id !== undefined) return { conversation: chat.id, message };
    const { system, contextPolicy, sampling, model } = this.#state.settings.newConversations;
    return {
      conversation: 'new',
      tag: key,
      message,
      ...(model && { model }),
      ...(system.trim() && { system }),
      ...(contextPolicy.kind !== 'error' && { contextPolicy }),
      ...(Object.keys(sampling).length > 0 && { options: sampling }),
    };
  }

  #begun(id: string): void {
    const chat = this.#state.chats[id];
    const { system, contextPolicy, sampling, model = null } = this.#state.settings.newConversations;
    const stored = { title: '', messages: [], system, contextPolicy, sampling, model };
    this.store.dispatch({ type: 'chat', key: id, action: { type: 'named', stored } });
    if (chat && runningTurn(chat)?.stopping) this.stop(id);
    // The first answer took its options with it; the conversation is to keep them.
    if (Object.keys(sampling).length > 0)
      inBackground(this.#source.change(id, { sampling }).catch(() => undefined));
    this.#listener.named(id);
  }

  #resume(chat: ChatState): void {
    if (chat.id === undefined) return;
    const turn = chat.seen > 0 && chat.seenTurn !== undefined ? { turn: chat.seenTurn } : {};
    this.#sender()?.send({ conversation: chat.id, resume: chat.seen, ...turn });
  }
}

const nameOf = ({ id }: ChatState): Command => (id === undefined ? {} : { conversation: id });

const statusOf = (error: unknown): number => (error instanceof ApiError ? error.status : 0);

const isConversation = (value: unknown): value is ConversationAnswer =>
  typeof value === 'object' && value !== null && 'messages' in value;
