// Combines the models, the stored conversations and their turns. A service is independent of any protocol: programs can use it
// directly, and `server` adds HTTP and WebSocket.

import { asQuireError } from '../base/errors.ts';
import { checkOptionNames } from '../base/option-names.ts';
import { BoundedStore } from '../chat/bounded-store.ts';
import { ConversationLibrary } from '../chat/conversation-library.ts';
import type { ConversationStore } from '../chat/conversation-store.ts';
import { openMemoryStore } from '../chat/storage/open-store.ts';
import type { StorageLimits } from '../chat/storage-quota.ts';
import { notLoadedErrorFactory } from './model-errors.ts';
import { ModelRegistry, type ModelSource } from './model-registry.ts';
import { Turns } from './turns.ts';

export interface ServiceOptions {
  /** the first model is the default; the models load one after another after the service is created */
  readonly models: readonly ModelSource[];
  /** stores conversations, and is closed with the service; by default they are stored in memory */
  readonly store?: ConversationStore | undefined;
  /** storage quota of each owner; unlimited by default */
  readonly storageLimits?: StorageLimits | undefined;
  /** timeout of a call to `store`; 30 s by default */
  readonly storeLimitMs?: number | undefined;
  /** receives one line for each fault of the service */
  readonly log?: ((line: string) => void) | undefined;
}

const STORE_LIMIT_MS = 30_000;

export class Service implements AsyncDisposable {
  readonly models: ModelRegistry;
  readonly conversations: ConversationLibrary;
  readonly turns: Turns;
  /** the store of `conversations`; it also stores settings and the owners of keys */
  readonly store: ConversationStore;
  /** resolves when each model is ready or has failed; never rejects */
  readonly loaded: Promise<void>;
  readonly #log: (line: string) => void;
  #closing: Promise<void> | undefined;

  /**
   * Rejects with `unknown_option`, or with `bad_option` if there is no model, or if the names of the models are invalid or not
   * distinct.
   */
  static async create(options: ServiceOptions): Promise<Service> {
    checkOptionNames(options, ['models', 'store', 'storageLimits', 'storeLimitMs', 'log'], 'Service.create');
    const models = new ModelRegistry(options.models);
    return new Service(models, options.store ?? (await openMemoryStore()), options);
  }

  private constructor(models: ModelRegistry, store: ConversationStore, options: ServiceOptions) {
    const { storeLimitMs = STORE_LIMIT_MS, storageLimits = {}, log = () => undefined } = options;
    this.models = models;
    this.#log = log;
    this.store = new BoundedStore(store, storeLimitMs);
    this.turns = new Turns(log);
    const onFailure = (error: unknown): void => {
      // During shutdown, turns that cannot be stored are marked as interrupted at the next start.
      if (this.#closing === undefined) log(asQuireError(error).fullLine);
    };
    const completerOf = async (name: string | undefined) =>
      (await models.whenReady(models.nameFor(name))).completer;
    this.conversations = new ConversationLibrary(completerOf, {
      store: this.store,
      onFailure,
      limits: storageLimits,
    });
    // The library caches open conversations, which must not reference a model that was unloaded.
    models.onReady(({ name, completer }) => () => {
      this.conversations.release(completer, notLoadedErrorFactory(name));
    });
    this.loaded = models.loadAll();
  }

  /**
   * Starts no more turns, lets running turns end within `graceMs`, cancels and stores the others, closes the store and frees
   * the memory of the models. Never rejects.
   */
  close(graceMs = 0): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(graceMs: number): Promise<void> {
    await this.turns.finish(graceMs);
    await this.turns.close();
    await this.conversations.settle();
    // The models are closed even if the store fails to close.
    await this.store.close().catch((error: unknown) => this.#log(asQuireError(error).fullLine));
    await this.models.close();
  }
}
