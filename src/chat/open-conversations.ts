// Opens a library of stored conversations and its database, for programs that use Quire as a library. The code of the database is
// imported on demand.

import type { QuireError } from '../base/errors.ts';
import { checkOptionNames, checkString } from '../base/option-names.ts';
import type { ConversationCompleter } from './conversation-completer.ts';
import { ConversationLibrary } from './conversation-library.ts';
import type { ConversationStore } from './conversation-store.ts';

export interface StorageOptions {
  /** folder of the database, which only one process can use at a time */
  readonly dataDir: string;
  /** address of a PostgreSQL database (`postgres://USER@HOST/NAME`) to use instead of the folder */
  readonly database?: string;
  /** called with warnings, for example that other users can read the folder */
  readonly onWarning?: (warning: QuireError) => void;
}

export interface StoredConversations extends ConversationLibrary, AsyncDisposable {
  /** Retries pending writes once, then closes the database. */
  close(): Promise<void>;
}

/**
 * Opens a library of stored conversations. A turn is on disk when its result resolves, unless the result has `unsaved`.
 * Rejects with `data_folder_in_use`, `database_in_use`, `storage_unavailable`, `storage_failed` or `bad_option`.
 * @param completer a completer, or a promise of a completer that is loading
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
