// What a server serves, without any protocol: models by name, conversations in a store, and the turns that run in them. A
// program may use it by itself; `server` puts HTTP and WebSocket on top.

import { asQuireError } from '../base/errors.ts';
import { BoundedStore } from '../chat/bounded-store.ts';
import { ConversationLibrary } from '../chat/conversation-library.ts';
import type { ConversationStore } from '../chat/conversation-store.ts';
import { openMemoryStore } from '../chat/storage/open-store.ts';
import type { StorageLimits } from '../chat/storage-quota.ts';
import { ModelRegistry, type ModelSource, sayingNotLoaded } from './model-registry.ts';
import { Turns } from './turns.ts';

export interface ServiceOptions {
  /** the first is the default; all are loaded, one after another, while the service is there already */
  readonly models: readonly ModelSource[];
  /** where conversations are kept, closed with the service; memory when absent */
  readonly store?: ConversationStore | undefined;
  /** what each owner may store; anything when absent */
  readonly storageLimits?: StorageLimits | undefined;
  /** how long a call to `store` may take before its request fails; 30 s by default */
  readonly storeLimitMs?: number | undefined;
  /** takes one line for each failure that is the service's own fault */
  readonly log?: ((line: string) => void) | undefined;
}

const STORE_LIMIT_MS = 30_000;

export class Service implements AsyncDisposable {
  readonly models: ModelRegistry;
  readonly conversations: ConversationLibrary;
  readonly turns: Turns;
  /** settings and owners, beside the conversations */
  readonly store: ConversationStore;
  /** settles when each model is ready or has failed; never rejects */
  readonly loaded: Promise<void>;
  readonly #log: (line: string) => void;
  #closing: Promise<void> | undefined;

  /** Raises `bad_option` for models that have no names of their own. */
  static async create(options: ServiceOptions): Promise<Service> {
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
      // What was not stored until the end is found as interrupted at the next start.
      if (this.#closing === undefined) log(asQuireError(error).fullLine);
    };
    const completerOf = async (name: string | undefined) =>
      (await models.whenReady(models.nameFor(name))).completer;
    this.conversations = new ConversationLibrary(completerOf, {
      store: this.store,
      onFailure,
      limits: storageLimits,
    });
    // What is stored is open for a while, and must not hold the memory of a model that was unloaded.
    models.onReady(({ name, completer }) => () => {
      this.conversations.release(completer, sayingNotLoaded(name));
    });
    this.loaded = models.loadAll();
  }

  /**
   * Begins no more turns, lets those that run end within `graceMs`, cuts and stores the others, closes the store and gives
   * the models' memory back. Never rejects.
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
    // A store that stalls does not hold the rest.
    await this.store.close().catch((error: unknown) => this.#log(asQuireError(error).fullLine));
    await this.models.close();
  }
}
