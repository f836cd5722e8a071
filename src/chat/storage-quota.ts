// Enforces the storage limits of owners. The store counts the use of an owner once. Afterwards the count is updated here, which
// is exact because only one server writes to a store.

import { QuireError } from '../base/errors.ts';
import type { ConversationStore, StorageUse } from './conversation-store.ts';
import type { MessageNode } from './message-node.ts';

/** Limits of one owner; an absent value is no limit. */
export interface StorageLimits {
  readonly conversations?: number | undefined;
  readonly bytes?: number | undefined;
}

const BYTES_PER_TOKEN = 4;
const utf8 = new TextEncoder();
const bytesOf = (text: string): number => utf8.encode(text).length;

/** Returns the number of bytes that messages and texts use in the store. */
export function storedBytes(
  messages: readonly MessageNode[],
  ...texts: readonly (string | undefined)[]
): number {
  let bytes = 0;
  for (const text of texts) bytes += text === undefined ? 0 : bytesOf(text);
  for (const { content, rendered, tokens } of messages)
    bytes += bytesOf(content) + bytesOf(rendered) + BYTES_PER_TOKEN * tokens.length;
  return bytes;
}

export class StorageQuota {
  readonly #store: ConversationStore;
  readonly #limits: StorageLimits;
  readonly #use = new Map<string, { conversations: number; bytes: number }>();

  constructor(store: ConversationStore, limits: StorageLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  /** Runs `write`, which stores `added`, if the limits allow it. Rejects with `quota_exceeded` or the error of `write`. */
  async writeWithin<Result>(owner: string, added: StorageUse, write: () => Promise<Result>): Promise<Result> {
    const { conversations: maxConversations = Infinity, bytes: maxBytes = Infinity } = this.#limits;
    if (maxConversations === Infinity && maxBytes === Infinity) return write();
    const use = await this.#useOf(owner);
    if (added.conversations > 0 && use.conversations + added.conversations > maxConversations)
      throw quotaError(`${use.conversations} conversations are stored, and the limit is ${maxConversations}`);
    if (use.bytes + added.bytes > maxBytes)
      throw quotaError(
        `${use.bytes} bytes are stored, ${added.bytes} bytes would be added, and the limit is ${maxBytes}`,
      );
    this.add(owner, added); // before the write, so that concurrent writes are checked with it
    try {
      return await write();
    } catch (error) {
      this.subtract(owner, added);
      throw error;
    }
  }

  /** Adds to the use of an owner without a check, for the end of an answer. */
  add(owner: string, { conversations, bytes }: StorageUse): void {
    const use = this.#use.get(owner);
    if (use === undefined) return;
    use.conversations += conversations;
    use.bytes += bytes;
  }

  /** Subtracts what was removed from the use of an owner. */
  subtract(owner: string, { conversations, bytes }: StorageUse): void {
    this.add(owner, { conversations: -conversations, bytes: -bytes });
  }

  /** Drops the count of an owner after a change that was not counted here. The next check counts again. */
  recount(owner: string): void {
    this.#use.delete(owner);
  }

  async #useOf(owner: string): Promise<{ readonly conversations: number; readonly bytes: number }> {
    const use = this.#use.get(owner);
    if (use !== undefined) return use;
    const counted = { ...(await this.#store.use(owner)) };
    const concurrent = this.#use.get(owner); // of a concurrent call
    if (concurrent === undefined) this.#use.set(owner, counted);
    return concurrent ?? counted;
  }
}

const quotaError = (message: string): QuireError =>
  new QuireError('quota_exceeded', message, 'remove conversations, or raise the limit');
