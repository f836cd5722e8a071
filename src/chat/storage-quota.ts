// How much each owner may store. What is there is counted once by the store and kept up to date here, since one server
// at a time writes to it.

import { QuireError } from '../base/errors.ts';
import type { ConversationStore, StorageUse } from './conversation-store.ts';
import type { MessageNode } from './message-node.ts';

/** Of one owner; what is absent has no limit. */
export interface StorageLimits {
  readonly conversations?: number | undefined;
  readonly bytes?: number | undefined;
}

const BYTES_PER_TOKEN = 4;
const utf8 = new TextEncoder();
const bytesOf = (text: string): number => utf8.encode(text).length;

/** Of messages, and of a title and a system message. */
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

  /** Does `write`, which stores so much more, if that may be. Raises `quota_exceeded`, and what `write` rejects with. */
  async storing<Result>(owner: string, more: StorageUse, write: () => Promise<Result>): Promise<Result> {
    const { conversations: most = Infinity, bytes: mostBytes = Infinity } = this.#limits;
    if (most === Infinity && mostBytes === Infinity) return write();
    const use = await this.#useOf(owner);
    if (more.conversations > 0 && use.conversations + more.conversations > most)
      throw exceeded(`${use.conversations} conversations are stored, and ${most} may be`);
    if (use.bytes + more.bytes > mostBytes)
      throw exceeded(`${use.bytes} bytes are stored, these are ${more.bytes}, and ${mostBytes} may be`);
    this.stored(owner, more); // at once: others may be checked while this one is written
    try {
      return await write();
    } catch (error) {
      this.removed(owner, more);
      throw error;
    }
  }

  /** So much more is stored, whether it may be or not: the end of an answer. */
  stored(owner: string, { conversations, bytes }: StorageUse): void {
    const use = this.#use.get(owner);
    if (use === undefined) return;
    use.conversations += conversations;
    use.bytes += bytes;
  }

  removed(owner: string, { conversations, bytes }: StorageUse): void {
    this.stored(owner, { conversations: -conversations, bytes: -bytes });
  }

  /** What this owner has is another by now: it is counted again when it is next asked for. */
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
  new QuireError('quota_exceeded', what, 'remove conversations, or ask for more room');
