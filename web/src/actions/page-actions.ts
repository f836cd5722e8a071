// Everything that the page can do, bound together once: socket, requests, conversations, their list and what
// is remembered. Components get this one object and know of none of its parts.

import { type AccessKey, keepKey, keyProtocols, readKey } from '../api/access-key.ts';
import { ApiClient, ApiError, type ConversationChanges, type ExportFormat } from '../api/api-client.ts';
import { ChatConnection } from '../api/chat-connection.ts';
import type { ServerEvent } from '../api/chat-protocol.ts';
import { Heartbeat } from '../api/heartbeat.ts';
import type { Topic } from '../api/stored-conversation.ts';
import { addressedId, addressOf } from '../browser/address.ts';
import { inBackground } from '../browser/in-background.ts';
import { Drafts } from '../state/drafts.ts';
import { type PageSettings, pageSettingsFrom } from '../state/page-settings.ts';
import { runningIds, type Trouble } from '../state/page-state.ts';
import { ChatSession } from './chat-client.ts';
import { TopicList } from './conversation-list.ts';
import { offerFile } from './download-file.ts';
import { type ImportFailure, type ImportResult, readJson } from './import-files.ts';
import { LiveChanges } from './live-changes.ts';

const SETTINGS_PAUSE_MS = 600;
const ASK_AGAIN_MS = 1500;
const BUSY_PAUSE_MS = 150;
const BUSY_TRIES = 20;

export class PageActions {
  readonly session: ChatSession;
  readonly topics: TopicList;
  readonly #live: LiveChanges;
  readonly drafts = new Drafts();
  readonly #api: ApiClient;
  readonly #heartbeat: Heartbeat;
  #key: AccessKey = readKey();
  #connection: ChatConnection | undefined;
  #settingsTimer: ReturnType<typeof setTimeout> | undefined;
  #askTimer: ReturnType<typeof setTimeout> | undefined;
  #meeting: Promise<void> | undefined;

  constructor() {
    this.#api = new ApiClient(() => this.#key.key);
    this.topics = new TopicList(this.#api, (error) => this.#listFailed(error));
    this.session = new ChatSession(
      () => this.#connection,
      this.#api,
      {
        changed: (topic) => this.topics.changed(topic),
        read: (topic) => this.topics.read(topic),
        named: (id) => {
          history.replaceState(null, '', addressOf(id));
          inBackground(this.topics.refresh());
        },
        gone: (id) => this.#gone(id),
      },
      addressedId(location.hash),
    );
    this.#live = new LiveChanges(this.session, this.topics);
    this.#heartbeat = new Heartbeat({
      send: (command) => this.#connection?.send(command) ?? false,
      isNeeded: () => this.#isAwaited(),
      dead: () => this.#connection?.drop(),
    });
  }

  get key(): AccessKey {
    return this.#key;
  }

  /** Connects; the result ends it. */
  start(): () => void {
    const url = new URL('ws/chat', location.href.replace(/^http/, 'ws'));
    const connection = new ChatConnection(url.href, () => keyProtocols(this.#key.key), {
      opened: () => {
        this.session.opened();
        if (this.session.store.get().mode === 'topics') this.#heartbeat.start();
        inBackground(this.#meet());
      },
      closed: (refused) => {
        this.#heartbeat.stop();
        this.session.closed();
        // Why a socket is refused is told to nobody; a request is told.
        if (refused) inBackground(this.#meet());
      },
      received: (event) => this.#received(event),
    });
    this.#connection = connection;
    const retry = (): void => connection.retryNow();
    const seen = (): void => {
      if (document.visibilityState !== 'visible') return;
      connection.retryNow();
      this.#heartbeat.beat();
      inBackground(this.#live.lookAgain());
    };
    const goTo = (): void => this.#goTo(addressedId(location.hash));
    addEventListener('online', retry);
    addEventListener('focus', seen);
    document.addEventListener('visibilitychange', seen);
    addEventListener('popstate', goTo);
    const keepDrafts = (): void => this.drafts.flush();
    addEventListener('pagehide', keepDrafts);
    inBackground(this.#meet());
    return () => {
      removeEventListener('online', retry);
      removeEventListener('focus', seen);
      document.removeEventListener('visibilitychange', seen);
      removeEventListener('popstate', goTo);
      removeEventListener('pagehide', keepDrafts);
      clearTimeout(this.#askTimer);
      this.#heartbeat.stop();
      connection.close();
    };
  }

  retryNow(): void {
    this.#connection?.retryNow();
  }

  startNew(): void {
    if (addressedId(location.hash) !== undefined) history.pushState(null, '', location.pathname);
    this.session.startNew();
  }

  open(id: string): void {
    if (addressedId(location.hash) !== id) history.pushState(null, '', addressOf(id));
    this.#goTo(id);
  }

  rename(id: string, title: string): Promise<boolean> {
    return this.change(id, { title });
  }

  /** False when the server did not take it; the page says why. */
  change(id: string, changes: ConversationChanges): Promise<boolean> {
    return this.#try(() => this.session.change(id, changes));
  }

  fork(id: string, message?: string): Promise<boolean> {
    return this.#try(async () => {
      const { id: copy } = await this.#api.fork(id, message);
      this.open(copy);
      await this.topics.refresh();
    });
  }

  exportFile(id: string, title: string, format: ExportFormat): Promise<boolean> {
    return this.#try(async () => offerFile(await this.#api.exportFile(id, format), title, format));
  }

  /** Takes one file after the other; the first failure of each is told, and the others go on. */
  async importFiles(files: readonly File[], onProgress: (done: number) => void): Promise<ImportResult> {
    const imported: Topic[] = [];
    const failures: ImportFailure[] = [];
    for (const [index, file] of files.entries()) {
      onProgress(index);
      try {
        imported.push(...(await this.#api.importAll(await readJson(file))));
      } catch (error) {
        this.#checkKey(error);
        failures.push({ file: file.name, ...troubleOf(error) });
      }
    }
    if (imported.length > 0) await this.topics.refresh();
    const [only, ...others] = imported;
    if (only && others.length === 0 && failures.length === 0) this.open(only.id);
    return { count: imported.length, failures };
  }

  remove(id: string): Promise<boolean> {
    return this.#try(async () => {
      await this.#removeWhenIdle(id);
      this.topics.deleted(id);
      if (addressedId(location.hash) === id) history.replaceState(null, '', location.pathname);
      this.session.forget(id);
    });
  }

  /** Remembers it here at once and on the server a moment later. */
  changeSettings(settings: PageSettings): void {
    this.session.store.dispatch({ type: 'settings', settings });
    clearTimeout(this.#settingsTimer);
    this.#settingsTimer = setTimeout(
      () => inBackground(this.#try(() => this.#api.keepSettings(settings))),
      SETTINGS_PAUSE_MS,
    );
  }

  setKey(key: AccessKey): void {
    const another = key.key !== this.#key.key;
    this.#key = key;
    keepKey(key);
    // What is shown belongs to the key that it was read with.
    const shown = this.session.store.get().mode === 'topics';
    if (another && shown && readKey().key === key.key) return location.reload();
    this.#connection?.restart();
    inBackground((this.#meeting ?? Promise.resolve()).then(() => this.#meet()));
  }

  forgetTrouble(): void {
    this.session.store.dispatch({ type: 'trouble', trouble: undefined });
  }

  /** An address of what never came to be would lead nowhere; one of what was deleted stays, and says so. */
  #gone(id: string): void {
    this.topics.deleted(id);
    const { chats } = this.session.store.get();
    if (addressedId(location.hash) === id && !chats[id]) history.replaceState(null, '', location.pathname);
  }

  #goTo(id: string | undefined): void {
    if (id === undefined) this.session.startNew();
    else {
      this.session.show(id);
      this.#live.shown(id);
    }
  }

  #received(event: ServerEvent): void {
    if (!this.#heartbeat.heard(event)) return;
    if (event.type === 'changed') this.#live.heard(event);
    else this.session.received(event);
  }

  /** Somebody looks at the page, or an answer is under way in it. */
  #isAwaited(): boolean {
    return document.visibilityState === 'visible' || runningIds(this.session.store.get()).size > 0;
  }

  /** Asks for the list, and so learns what kind of server this is and whether it takes the key. */
  #meet(): Promise<void> {
    this.#meeting ??= this.#introduce().finally(() => {
      this.#meeting = undefined;
    });
    return this.#meeting;
  }

  async #introduce(): Promise<void> {
    const { mode } = this.session.store.get();
    if (mode === 'plain') return;
    if (!(await this.topics.refresh())) return this.#askAgain();
    this.session.store.dispatch({ type: 'keyNeeded', needed: false });
    if (mode === 'topics') return;
    // A message must not go out with other choices than those that were made.
    const kept = await this.#api.settings().catch(() => undefined);
    if (kept !== undefined) {
      this.session.store.dispatch({ type: 'settings', settings: pageSettingsFrom(kept) });
    }
    this.session.learned('topics');
    this.#heartbeat.start();
  }

  /** A server that is just starting may answer later than it takes connections. */
  #askAgain(): void {
    const { mode, connection, keyNeeded } = this.session.store.get();
    if (mode !== 'unknown' || connection !== 'open' || keyNeeded) return;
    clearTimeout(this.#askTimer);
    this.#askTimer = setTimeout(() => inBackground(this.#meet()), ASK_AGAIN_MS);
  }

  #listFailed(error: unknown): void {
    this.#checkKey(error);
    if (error instanceof ApiError && error.status === 404) this.session.learned('plain');
  }

  #checkKey(error: unknown): void {
    if (!(error instanceof ApiError) || error.status !== 401) return;
    this.session.store.dispatch({ type: 'keyNeeded', needed: true });
  }

  async #removeWhenIdle(id: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#api.remove(id);
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return;
        const busy = error instanceof ApiError && error.code === 'conversation_busy';
        if (!busy || tries === BUSY_TRIES) throw error;
        this.session.cancel(id);
        await new Promise((resolve) => setTimeout(resolve, BUSY_PAUSE_MS));
      }
    }
  }

  async #try(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      this.forgetTrouble();
      return true;
    } catch (error) {
      this.#checkKey(error);
      this.session.store.dispatch({ type: 'trouble', trouble: troubleOf(error) });
      return false;
    }
  }
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof ApiError) return { code: error.code, message: error.message };
  return { code: '', message: error instanceof Error ? error.message : String(error) };
}
