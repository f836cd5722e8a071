// The client of the chat socket: sends the commands of the user, handles the events of the server, and resumes answers
// after a lost connection. The reducers (chat-state.ts, page-state.ts) apply the events to the state of the page.

import type { ConversationChanges, FullConversation } from '../api/api-client.ts';
import { ApiError } from '../api/api-client.ts';
import type { Command, ServerEvent } from '../api/chat-protocol.ts';
import type { ConversationSummary } from '../api/stored-conversation.ts';
import { runInBackground } from '../browser/run-in-background.ts';
import { type ChatAction, type ChatState, initialChat, runningTurn } from '../state/chat-state.ts';
import {
  conversationKeyOf,
  initialPage,
  type PageAction,
  type PageState,
  pageReducer,
  tagOf,
} from '../state/page-state.ts';
import { Store } from '../state/store.ts';

/** The part of the socket that the client needs. `send` returns false when no socket is open. */
export interface CommandSender {
  send(command: Command): boolean;
}

/** The HTTP requests that the client needs. */
export interface ConversationSource {
  get(id: string): Promise<FullConversation>;
  change(id: string, changes: ConversationChanges): Promise<FullConversation>;
}

export interface ChatClientListener {
  /** the title or the date of a conversation changed */
  onChanged(conversation: Partial<ConversationSummary> & Pick<ConversationSummary, 'id'>): void;
  /** a conversation was loaded; the list may show an older title or date */
  onLoaded(conversation: ConversationSummary): void;
  /** the server created the conversation and assigned its id */
  onCreated(id: string): void;
  /** the server does not have the conversation: it was never stored, or another client deleted it */
  onMissing(id: string): void;
}

interface PendingCommand {
  readonly key: string;
  readonly turn: number;
  readonly create: () => Command;
}

export class ChatClient {
  readonly store: Store<PageState, PageAction>;
  readonly #sender: () => CommandSender | undefined;
  readonly #source: ConversationSource;
  readonly #listener: ChatClientListener;
  #pending: readonly PendingCommand[] = [];
  readonly #updatedAt = new Map<string, number>();
  #tagCount = 1;

  /** @param id conversation to show first, if the URL contains one */
  constructor(
    sender: () => CommandSender | undefined,
    source: ConversationSource,
    listener: ChatClientListener,
    id?: string,
  ) {
    this.store = new Store(initialPage(id ?? tagOf(this.#tagCount), id), pageReducer);
    this.#sender = sender;
    this.#source = source;
    this.#listener = listener;
  }

  get #state(): PageState {
    return this.store.get();
  }

  /** Sets whether the server stores conversations, and sends the commands that were waiting for the server mode. */
  setServerMode(mode: 'unstored' | 'stored'): void {
    if (this.#state.mode === mode) return;
    this.store.dispatch({ type: 'mode', mode });
    if (mode === 'stored' && this.#current.status === 'loading')
      runInBackground(this.load(this.#state.current));
    this.#watch();
    this.#flush();
  }

  handleOpen(): void {
    this.store.dispatch({ type: 'opened' });
    this.#watch();
    for (const [key, chat] of Object.entries(this.#state.chats)) {
      const isPending = this.#pending.some((command) => command.key === key);
      if (chat.persistent && chat.id && runningTurn(chat) && !isPending) this.#resume(chat);
    }
    // The server did not report changes while the connection was down.
    const { mode, current } = this.#state;
    const isIdle = this.#current.status === 'ready' && !runningTurn(this.#current);
    if (mode === 'stored' && this.#current.id !== undefined && isIdle) runInBackground(this.load(current));
    this.#flush();
  }

  handleClose(): void {
    this.store.dispatch({ type: 'closed' });
  }

  handleEvent(event: ServerEvent): void {
    const key = conversationKeyOf(this.#state, event);
    const before = key === undefined ? undefined : this.#state.chats[key];
    this.store.dispatch({ type: 'received', event });
    if (event.type === 'start' && before && before.id === undefined && event.conversation !== undefined) {
      this.#handleCreated(event.conversation);
    }
    if (before?.id !== undefined) this.#reportIfMissing(before.id);
    if (event.type === 'end' && event.conversation !== undefined && event.messages) {
      const title = event.title === undefined ? {} : { title: event.title };
      this.#listener.onChanged({ id: event.conversation, updatedAt: Date.now(), ...title });
    }
    if (event.type === 'resumed' && event.conversation !== undefined) {
      const chat = this.#state.chats[event.conversation];
      const endedUnseen = !event.running && chat && runningTurn(chat);
      if (event.missed || endedUnseen) runInBackground(this.load(event.conversation, !event.running));
    }
  }

  /** Sends a message. Returns false if it could not be sent; the caller then keeps the text. */
  send(text: string): boolean {
    const tag = this.#state.current;
    return this.#start({ type: 'sent', text }, () => this.#messageCommand(tag, text));
  }

  regenerate(answer: string): boolean {
    const { id } = this.#current;
    if (id === undefined) return false;
    return this.#start({ type: 'regenerating', answer }, () => ({ conversation: id, regenerate: answer }));
  }

  edit(message: string, text: string): boolean {
    const { id } = this.#current;
    if (id === undefined) return false;
    const command = { conversation: id, edit: message, message: text };
    return this.#start({ type: 'editing', message, text }, () => command);
  }

  stop(key = this.#state.current): void {
    const chat = this.#state.chats[key];
    if (!chat) return;
    // Without an id the turn cannot be cancelled yet; #handleCreated() stops it when the id is known.
    const hasNoIdYet = chat.persistent && chat.id === undefined;
    if (hasNoIdYet || this.#sender()?.send({ ...targetOf(chat), cancel: true }))
      this.#change({ type: 'stopping' }, key);
  }

  /** Cancels the answer of a conversation, even if it is not open on this page. */
  cancel(id: string): void {
    this.#sender()?.send({ conversation: id, cancel: true });
  }

  /** Shows an empty conversation. On a server without storage this discards the current one. */
  startNew(): void {
    if (this.#state.mode === 'unstored') {
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
    const chat = this.#state.chats[id];
    this.store.dispatch({ type: 'shown', key: id });
    if (this.#state.mode === 'stored' && chat?.status !== 'ready') runInBackground(this.load(id));
  }

  /**
   * Loads or reloads a conversation, and follows its running answer, if any.
   * @param idle the server reported that no answer is running
   */
  async load(id: string, idle = false): Promise<void> {
    this.#change({ type: 'loading' }, id);
    const result = await this.#source.get(id).catch((error: unknown) => error);
    if (isConversation(result)) return this.#apply(id, result, idle);
    const isMissing = statusOf(result) === 404;
    if (isMissing) this.store.dispatch({ type: 'discarded', key: id });
    this.#change({ type: 'loadFailed', missing: isMissing }, id);
    if (isMissing) this.#listener.onMissing(id);
  }

  /** Changes a conversation and applies the result. Rejects with an ApiError. */
  async change(id: string, changes: ConversationChanges): Promise<void> {
    const changedConversation = await this.#source.change(id, changes);
    this.#apply(id, changedConversation);
    // The conversation may not be open on this page.
    this.#listener.onChanged({
      id,
      title: changedConversation.title,
      updatedAt: changedConversation.updatedAt,
    });
  }

  /** Returns the `updatedAt` that a conversation had when it was last loaded; undefined if it was not loaded. */
  loadedUpdateTime(id: string): number | undefined {
    return this.#updatedAt.get(id);
  }

  /** Marks a conversation as deleted by another client. */
  handleRemoteDeletion(id: string): void {
    this.#change({ type: 'deleted' }, id);
    this.#listener.onMissing(id);
  }

  removeChat(id: string): void {
    this.store.dispatch({ type: 'deleted', key: id, next: this.#nextTag() });
  }

  /** Notifies the listener if the last event showed that the server does not have the conversation. */
  #reportIfMissing(id: string): void {
    const chat = this.#state.chats[id];
    if (!chat || chat.status === 'missing') this.#listener.onMissing(id);
  }

  get #current(): ChatState {
    return this.#state.chats[this.#state.current] ?? initialChat;
  }

  #nextTag(): string {
    this.#tagCount += 1;
    return tagOf(this.#tagCount);
  }

  #change(action: ChatAction, key = this.#state.current): void {
    this.store.dispatch({ type: 'chat', key, action });
  }

  #apply(id: string, stored: FullConversation, idle = false): void {
    const before = this.#state.chats[id];
    if (!before) return;
    this.#updatedAt.set(id, stored.updatedAt);
    this.#change({ type: 'loaded', stored, idle }, id);
    this.#listener.onLoaded(stored);
    const chat = this.#state.chats[id];
    if (chat && runningTurn(chat) && !runningTurn(before)) this.#resume({ ...chat, lastEvent: 0 });
  }

  #start(action: ChatAction, create: () => Command): boolean {
    const { connection, current: key } = this.#state;
    if (connection === 'lost' || runningTurn(this.#current)) return false;
    this.#change(action);
    const turn = runningTurn(this.#current);
    if (!turn) return false;
    this.store.dispatch({ type: 'messageSent', key });
    this.#pending = [...this.#pending, { key, turn: turn.id, create }];
    this.#flush();
    return true;
  }

  /** Subscribes to changes of all conversations, if the server stores conversations. */
  #watch(): void {
    const { connection, mode } = this.#state;
    if (connection === 'open' && mode === 'stored') this.#sender()?.send({ watch: true });
  }

  /** Sends the pending commands once the connection is open and the server mode is known. */
  #flush(): void {
    if (this.#state.connection !== 'open' || this.#state.mode === 'unknown') return;
    const pendingCommands = this.#pending;
    this.#pending = [];
    for (const command of pendingCommands) {
      const chat = this.#state.chats[command.key];
      const turn = chat && runningTurn(chat);
      if (turn?.id === command.turn && !this.#sender()?.send(command.create())) {
        this.#pending = [...this.#pending, command];
      }
    }
  }

  #messageCommand(key: string, message: string): Command {
    const chat = this.#state.chats[key];
    if (!chat?.persistent) return { message };
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

  #handleCreated(id: string): void {
    const chat = this.#state.chats[id];
    const { system, contextPolicy, sampling, model = null } = this.#state.settings.newConversations;
    const stored = { title: '', messages: [], system, contextPolicy, sampling, model };
    this.store.dispatch({ type: 'chat', key: id, action: { type: 'created', stored } });
    if (chat && runningTurn(chat)?.stopping) this.stop(id);
    // The first command set the sampling options for one turn only; store them for later turns.
    if (Object.keys(sampling).length > 0)
      runInBackground(this.#source.change(id, { sampling }).catch(() => undefined));
    this.#listener.onCreated(id);
  }

  #resume(chat: ChatState): void {
    if (chat.id === undefined) return;
    const turn = chat.lastEvent > 0 && chat.lastEventTurn !== undefined ? { turn: chat.lastEventTurn } : {};
    this.#sender()?.send({ conversation: chat.id, resume: chat.lastEvent, ...turn });
  }
}

const targetOf = ({ id }: ChatState): Command => (id === undefined ? {} : { conversation: id });

const statusOf = (error: unknown): number => (error instanceof ApiError ? error.status : 0);

const isConversation = (value: unknown): value is FullConversation =>
  typeof value === 'object' && value !== null && 'messages' in value;
