// Storage limits of owners. The store counts the current use once; afterwards it is updated here, because only one server
// writes to a store.

import { QuireError } from '../base/errors.ts';
import type { ConversationStore, StorageUse } from './conversation-store.ts';
import type { MessageNode } from './message-node.ts';

/** Limits of one owner; none when absent. */
export interface StorageLimits {
  readonly conversations?: number | undefined;
  readonly bytes?: number | undefined;
}

const BYTES_PER_TOKEN = 4;
const utf8 = new TextEncoder();
const bytesOf = (text: string): number => utf8.encode(text).length;

/** Returns the stored bytes of messages and texts. */
export function sizeOf(messages: readonly MessageNode[], ...texts: readonly (string | undefined)[]): number {
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

  /** Runs `write`, which stores `more`, if the limits allow it. Rejects with `quota_exceeded` or the error of `write`. */
  async storing<Result>(owner: string, more: StorageUse, write: () => Promise<Result>): Promise<Result> {
    const { conversations: most = Infinity, bytes: mostBytes = Infinity } = this.#limits;
    if (most === Infinity && mostBytes === Infinity) return write();
    const use = await this.#useOf(owner);
    if (more.conversations > 0 && use.conversations + more.conversations > most)
      throw exceeded(`${use.conversations} conversations are stored, and the limit is ${most}`);
    if (use.bytes + more.bytes > mostBytes)
      throw exceeded(
        `${use.bytes} bytes are stored, these are ${more.bytes} more, and the limit is ${mostBytes}`,
      );
    this.stored(owner, more); // counted before the write, so that concurrent writes are checked against it
    try {
      return await write();
    } catch (error) {
      this.removed(owner, more);
      throw error;
    }
  }

  /** Counts `use` without a check, for the end of an answer. */
  stored(owner: string, { conversations, bytes }: StorageUse): void {
    const use = this.#use.get(owner);
    if (use === undefined) return;
    use.conversations += conversations;
    use.bytes += bytes;
  }

  removed(owner: string, { conversations, bytes }: StorageUse): void {
    this.stored(owner, { conversations: -conversations, bytes: -bytes });
  }

  /** Counts the owner's use again at the next check, after another change. */
  recount(owner: string): void {
    this.#use.delete(owner);
  }

  async #useOf(owner: string): Promise<{ readonly conversations: number; readonly bytes: number }> {
    const known = this.#use.get(owner);
    if (known !== undefined) return known;
    const counted = { ...(await this.#store.use(owner)) };
    const meanwhile = this.#use.get(owner);
    if (meanwhile === undefined) this.#use.set(owner, counted);
    return meanwhile ?? counted;
  }
}

const exceeded = (what: string): QuireError =>
  new QuireError('quota_exceeded', what, 'remove conversations, or raise the limit');
