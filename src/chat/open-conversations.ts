// Stored conversations for programs: a library of them and the database behind it, which is loaded only when asked for.

import type { QuireError } from '../base/errors.ts';
import { checkOptionNames, checkText } from '../base/option-names.ts';
import type { ConversationCompleter } from './conversation-completer.ts';
import { ConversationLibrary } from './conversation-library.ts';
import type { ConversationStore } from './conversation-store.ts';

export interface StorageOptions {
  /** folder with the database, which one process has at a time */
  readonly dataDir: string;
  /** `postgres://USER@HOST/NAME`, where conversations are kept instead */
  readonly database?: string;
  /** told of what is not as it should be and hinders nothing, such as a folder that others can read */
  readonly onWarning?: (warning: QuireError) => void;
}

export interface StoredConversations extends ConversationLibrary, AsyncDisposable {
  /** Nothing can be stored or read afterwards. */
  close(): Promise<void>;
}

/**
 * Conversations that outlive the process: a turn whose result is there is on disk. Raises `data_folder_in_use`,
 * `database_in_use`, `storage_unavailable`, `storage_failed` and `bad_option`.
 * @param completer may still be loading
 */
export async function openConversations(
  completer: ConversationCompleter | Promise<ConversationCompleter>,
  options: StorageOptions,
): Promise<StoredConversations> {
  checkOptionNames(options, ['dataDir', 'database', 'onWarning'], 'openConversations');
  checkText('dataDir', options.dataDir);
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
