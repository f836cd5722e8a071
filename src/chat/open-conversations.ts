// Stored conversations for the library's users: opens a conversation library and its database, whose code is imported on
// demand.

import type { QuireError } from '../base/errors.ts';
import { checkOptionNames, checkString } from '../base/option-names.ts';
import type { ConversationCompleter } from './conversation-completer.ts';
import { ConversationLibrary } from './conversation-library.ts';
import type { ConversationStore } from './conversation-store.ts';

export interface StorageOptions {
  /** folder of the database; only one process can use it at a time */
  readonly dataDir: string;
  /** `postgres://USER@HOST/NAME`: stores conversations there instead */
  readonly database?: string;
  /** called with warnings that do not prevent operation, such as a folder that others can read */
  readonly onWarning?: (warning: QuireError) => void;
}

export interface StoredConversations extends ConversationLibrary, AsyncDisposable {
  /** Closes the database. */
  close(): Promise<void>;
}

/**
 * Opens persistent conversations: when the result of a turn resolves, the turn is on disk. Rejects with
 * `data_folder_in_use`, `database_in_use`, `storage_unavailable`, `storage_failed` or `bad_option`.
 * @param completer may still be loading
 */
export async function openConversations(
  completer: ConversationCompleter | Promise<ConversationCompleter>,
  options: StorageOptions,
): Promise<StoredConversations> {
  checkOptionNames(options, ['dataDir', 'database', 'onWarning'], 'openConversations');
  checkString('dataDir', options.dataDir);
  const { openStore } = await import('./storage/open-store.ts');
  return new OpenLibrary(completer, await openStore(options));
}

class OpenLibrary extends ConversationLibrary implements StoredConversations {
  readonly #store: ConversationStore;

  constructor(completer: ConversationCompleter | Promise<ConversationCompleter>, store: ConversationStore) {
    super(completer, { store });
    this.#store = store;
  }

  async close(): Promise<void> {
    await this.settle();
    await this.#store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
