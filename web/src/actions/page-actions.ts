// All actions of the page. Components call only this object, so that they do not depend on the objects that it uses: the
// chat client, the HTTP requests, the conversation list, the drafts and the settings.

import { type AccessKey, keyProtocols, readKey, saveKey } from '../api/access-key.ts';
import { ApiClient, ApiError, type ConversationChanges, type ExportFormat } from '../api/api-client.ts';
import { ChatConnection } from '../api/chat-connection.ts';
import type { ServerEvent } from '../api/chat-protocol.ts';
import { Heartbeat } from '../api/heartbeat.ts';
import type { ConversationSummary } from '../api/stored-conversation.ts';
import { conversationIdOf, hashOf } from '../browser/address.ts';
import { runInBackground } from '../browser/run-in-background.ts';
import { Drafts } from '../state/drafts.ts';
import { type PageSettings, parsePageSettings } from '../state/page-settings.ts';
import { type PageError, runningChatKeys } from '../state/page-state.ts';
import { ChatClient } from './chat-client.ts';
import { ConversationList } from './conversation-list.ts';
import { downloadFile } from './download-file.ts';
import { type ImportFailure, type ImportResult, parseJsonFile } from './import-files.ts';
import { RemoteChanges } from './remote-changes.ts';

const SAVE_SETTINGS_DELAY_MS = 600;
const RETRY_DETECTION_MS = 1500;
const BUSY_RETRY_MS = 150;
const MAX_BUSY_TRIES = 20;

export class PageActions {
  readonly client: ChatClient;
  readonly conversations: ConversationList;
  readonly #remoteChanges: RemoteChanges;
  readonly drafts = new Drafts();
  readonly #api: ApiClient;
  readonly #heartbeat: Heartbeat;
  #key: AccessKey = readKey();
  #connection: ChatConnection | undefined;
  #settingsTimer: ReturnType<typeof setTimeout> | undefined;
  #detectionTimer: ReturnType<typeof setTimeout> | undefined;
  #detection: Promise<void> | undefined;

  constructor() {
    this.#api = new ApiClient(() => this.#key.key);
    this.conversations = new ConversationList(this.#api, (error) => this.#handleListError(error));
    this.client = new ChatClient(
      () => this.#connection,
      this.#api,
      {
        onChanged: (conversation) => this.conversations.applyChange(conversation),
        onLoaded: (conversation) => this.conversations.applyLoaded(conversation),
        onCreated: (id) => {
          history.replaceState(null, '', hashOf(id));
          runInBackground(this.conversations.refresh());
        },
        onMissing: (id) => this.#removeMissing(id),
      },
      conversationIdOf(location.hash),
    );
    this.#remoteChanges = new RemoteChanges(this.client, this.conversations);
    this.#heartbeat = new Heartbeat({
      send: (command) => this.#connection?.send(command) ?? false,
      isNeeded: () => this.#needsHeartbeat(),
      onTimeout: () => this.#connection?.drop(),
    });
  }

  get key(): AccessKey {
    return this.#key;
  }

  /** Connects to the server. Returns the function that disconnects. */
  start(): () => void {
    const url = new URL('ws/chat', location.href.replace(/^http/, 'ws'));
    const connection = new ChatConnection(url.href, () => keyProtocols(this.#key.key), {
      onOpen: () => {
        this.client.handleOpen();
        if (this.client.store.get().mode === 'stored') this.#heartbeat.start();
        runInBackground(this.#detectServer());
      },
      onClose: (refused) => {
        this.#heartbeat.stop();
        this.client.handleClose();
        // A browser does not report why a WebSocket was refused; an HTTP request returns a status.
        if (refused) runInBackground(this.#detectServer());
      },
      onEvent: (event) => this.#handleEvent(event),
    });
    this.#connection = connection;
    const onOnline = (): void => connection.retryNow();
    const onVisible = (): void => {
      if (document.visibilityState !== 'visible') return;
      connection.retryNow();
      this.#heartbeat.ping();
      runInBackground(this.#remoteChanges.refreshOnReturn());
    };
    const onPopState = (): void => this.#showConversation(conversationIdOf(location.hash));
    addEventListener('online', onOnline);
    addEventListener('focus', onVisible);
    document.addEventListener('visibilitychange', onVisible);
    addEventListener('popstate', onPopState);
    const onPageHide = (): void => this.drafts.flush();
    addEventListener('pagehide', onPageHide);
    runInBackground(this.#detectServer());
    return () => {
      removeEventListener('online', onOnline);
      removeEventListener('focus', onVisible);
      document.removeEventListener('visibilitychange', onVisible);
      removeEventListener('popstate', onPopState);
      removeEventListener('pagehide', onPageHide);
      clearTimeout(this.#detectionTimer);
      this.#heartbeat.stop();
      connection.close();
    };
  }

  retryNow(): void {
    this.#connection?.retryNow();
  }

  startNew(): void {
    if (conversationIdOf(location.hash) !== undefined) history.pushState(null, '', location.pathname);
    this.client.startNew();
  }

  open(id: string): void {
    if (conversationIdOf(location.hash) !== id) history.pushState(null, '', hashOf(id));
    this.#showConversation(id);
  }

  rename(id: string, title: string): Promise<boolean> {
    return this.change(id, { title });
  }

  /** Resolves to false if the server rejects the change; the page then shows the error. */
  change(id: string, changes: ConversationChanges): Promise<boolean> {
    return this.#run(() => this.client.change(id, changes));
  }

  fork(id: string, message?: string): Promise<boolean> {
    return this.#run(async () => {
      const { id: copy } = await this.#api.fork(id, message);
      this.open(copy);
      await this.conversations.refresh();
    });
  }

  exportFile(id: string, title: string, format: ExportFormat): Promise<boolean> {
    return this.#run(async () => downloadFile(await this.#api.exportFile(id, format), title, format));
  }

  /** Imports the files one after another. Continues after a file that cannot be imported, and returns its error. */
  async importFiles(
    files: readonly File[],
    onProgress: (importedFiles: number) => void,
  ): Promise<ImportResult> {
    const imported: ConversationSummary[] = [];
    const failures: ImportFailure[] = [];
    for (const [index, file] of files.entries()) {
      onProgress(index);
      try {
        imported.push(...(await this.#api.importConversations(await parseJsonFile(file))));
      } catch (error) {
        this.#checkKey(error);
        failures.push({ file: file.name, ...pageErrorOf(error) });
      }
    }
    if (imported.length > 0) await this.conversations.refresh();
    const [first, ...others] = imported;
    if (first && others.length === 0 && failures.length === 0) this.open(first.id);
    return { count: imported.length, failures };
  }

  remove(id: string): Promise<boolean> {
    return this.#run(async () => {
      await this.#removeWhenIdle(id);
      this.conversations.removeItem(id);
      if (conversationIdOf(location.hash) === id) history.replaceState(null, '', location.pathname);
      this.client.removeChat(id);
    });
  }

  /** Applies the settings at once and saves them on the server after a short delay. */
  changeSettings(settings: PageSettings): void {
    this.client.store.dispatch({ type: 'settings', settings });
    clearTimeout(this.#settingsTimer);
    this.#settingsTimer = setTimeout(
      () => runInBackground(this.#run(() => this.#api.saveSettings(settings))),
      SAVE_SETTINGS_DELAY_MS,
    );
  }

  setKey(key: AccessKey): void {
    const isNew = key.key !== this.#key.key;
    this.#key = key;
    saveKey(key);
    // The conversations on the page belong to the previous key.
    const hasConversations = this.client.store.get().mode === 'stored';
    if (isNew && hasConversations && readKey().key === key.key) return location.reload();
    this.#connection?.reconnect();
    runInBackground((this.#detection ?? Promise.resolve()).then(() => this.#detectServer()));
  }

  dismissError(): void {
    this.client.store.dispatch({ type: 'error', error: undefined });
  }

  /** Removes a conversation from the list, and from the URL unless it is open: the page then shows that it was deleted. */
  #removeMissing(id: string): void {
    this.conversations.removeItem(id);
    const { chats } = this.client.store.get();
    if (conversationIdOf(location.hash) === id && !chats[id])
      history.replaceState(null, '', location.pathname);
  }

  #showConversation(id: string | undefined): void {
    if (id === undefined) this.client.startNew();
    else {
      this.client.show(id);
      this.#remoteChanges.reloadIfStale(id);
    }
  }

  #handleEvent(event: ServerEvent): void {
    if (!this.#heartbeat.handleEvent(event)) return;
    if (event.type === 'changed') this.#remoteChanges.handle(event);
    else this.client.handleEvent(event);
  }

  /** True while the page is visible or an answer is running. */
  #needsHeartbeat(): boolean {
    return document.visibilityState === 'visible' || runningChatKeys(this.client.store.get()).size > 0;
  }

  /** Requests the list to find out whether the server stores conversations and accepts the key. */
  #detectServer(): Promise<void> {
    this.#detection ??= this.#runDetection().finally(() => {
      this.#detection = undefined;
    });
    return this.#detection;
  }

  async #runDetection(): Promise<void> {
    const { mode } = this.client.store.get();
    if (mode === 'unstored') return;
    if (!(await this.conversations.refresh())) return this.#retryDetection();
    this.client.store.dispatch({ type: 'keyNeeded', needed: false });
    if (mode === 'stored') return;
    // Load the settings before the first message is sent, so that they apply to its conversation.
    const saved = await this.#api.settings().catch(() => undefined);
    if (saved !== undefined) {
      this.client.store.dispatch({ type: 'settings', settings: parsePageSettings(saved) });
    }
    this.client.setServerMode('stored');
    this.#heartbeat.start();
  }

  /** Detects the server again after a delay: while it starts, it accepts connections but does not answer requests. */
  #retryDetection(): void {
    const { mode, connection, keyNeeded } = this.client.store.get();
    if (mode !== 'unknown' || connection !== 'open' || keyNeeded) return;
    clearTimeout(this.#detectionTimer);
    this.#detectionTimer = setTimeout(() => runInBackground(this.#detectServer()), RETRY_DETECTION_MS);
  }

  #handleListError(error: unknown): void {
    this.#checkKey(error);
    if (error instanceof ApiError && error.status === 404) this.client.setServerMode('unstored');
  }

  #checkKey(error: unknown): void {
    if (!(error instanceof ApiError) || error.status !== 401) return;
    this.client.store.dispatch({ type: 'keyNeeded', needed: true });
  }

  async #removeWhenIdle(id: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#api.remove(id);
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return;
        const busy = error instanceof ApiError && error.code === 'conversation_busy';
        if (!busy || tries === MAX_BUSY_TRIES) throw error;
        this.client.cancel(id);
        await new Promise((resolve) => setTimeout(resolve, BUSY_RETRY_MS));
      }
    }
  }

  async #run(action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      this.dismissError();
      return true;
    } catch (error) {
      this.#checkKey(error);
      this.client.store.dispatch({ type: 'error', error: pageErrorOf(error) });
      return false;
    }
  }
}

function pageErrorOf(error: unknown): PageError {
  if (error instanceof ApiError) return { code: error.code, message: error.message };
  return { code: '', message: error instanceof Error ? error.message : String(error) };
}
