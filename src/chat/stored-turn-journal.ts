// Writes the turns of a stored conversation. A turn that cannot be stored does not start. If the end of an answer cannot be
// written, the answer remains, because it was already shown, and the write is retried.

import { asQuireError, type QuireError } from '../base/errors.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { ConversationStore } from './conversation-store.ts';
import { titleOf } from './conversation-title.ts';
import { type LiveConversation, unknownConversationError } from './live-conversation.ts';
import type { MessageNode } from './message-node.ts';
import type { PendingWrite, PendingWrites } from './pending-writes.ts';
import type { ProgressWriter } from './progress-writer.ts';
import { replaceUnstorable } from './replace-unstorable.ts';
import { type StorageQuota, storedBytes } from './storage-quota.ts';
import type { TurnJournal } from './turn-journal.ts';

export interface TurnStorage {
  readonly store: ConversationStore;
  readonly writer: ProgressWriter;
  readonly pendingWrites: PendingWrites;
  readonly quota: StorageQuota;
  readonly changes: ChangeFeed;
  readonly onFailure: (error: unknown) => void;
}

export class StoredTurnJournal implements TurnJournal {
  readonly #parts: TurnStorage;
  readonly #getLive: () => LiveConversation;

  /** @param getLive returns the conversation; called only after the constructor has returned */
  constructor(parts: TurnStorage, getLive: () => LiveConversation) {
    this.#parts = parts;
    this.#getLive = getLive;
  }

  async begin(messages: readonly MessageNode[]): Promise<void> {
    const live = this.#getLive();
    const { pendingWrites } = this.#parts;
    const { id } = live.record;
    if (live.removed) throw unknownConversationError(id);
    await pendingWrites.flush(id);
    const title = defaultTitle(live, messages);
    try {
      await this.#storeStart(live, messages, title);
    } catch (error) {
      if (asQuireError(error).status >= 500) pendingWrites.queue(id, this.#undoStart(live, messages, title));
      throw error;
    }
    if (title !== undefined) live.titleSource = messages.at(-1)?.id;
  }

  async #storeStart(live: LiveConversation, messages: readonly MessageNode[], title?: string): Promise<void> {
    const { store, quota } = this.#parts;
    const { owner, id, system } = live.record;
    const titleChange = title === undefined ? {} : { title };
    let updatedAt: number;
    if (live.state === 'draft') {
      updatedAt = Date.now();
      const record = { ...live.record, ...titleChange, head: messages.at(-1)?.id, updatedAt };
      const addedUse = { conversations: 1, bytes: storedBytes(messages, record.title, system) };
      await quota.writeWithin(owner, addedUse, () => store.createAll([{ record, messages }]));
      live.state = 'begun';
    } else {
      const addedUse = { conversations: 0, bytes: storedBytes(messages) };
      updatedAt = await quota.writeWithin(owner, addedUse, () => store.beginTurn(id, messages, title));
    }
    live.record = { ...live.record, ...titleChange };
    this.#publishChange(live, updatedAt);
  }

  #publishChange(live: LiveConversation, updatedAt = live.record.updatedAt): void {
    live.record = { ...live.record, updatedAt };
    const { owner, id } = live.record;
    this.#parts.changes.publish(owner, { conversation: id, updatedAt });
  }

  // Returns a write that undoes the start of a turn. It is needed if the outcome of the first write is unknown, for example
  // because the connection was lost.
  #undoStart(live: LiveConversation, messages: readonly MessageNode[], title?: string): PendingWrite {
    const { store } = this.#parts;
    const { id } = live.record;
    if (live.state === 'draft') return () => store.remove(live.record.owner, id);
    const { head } = live.conversation;
    return () => store.dropTurn(id, messages, head, title === undefined ? undefined : '');
  }

  watch(answer: MessageNode, getPartial: () => MessageNode | undefined): void {
    this.#parts.writer.watch(answer, getPartial);
  }

  async end(answer: MessageNode): Promise<QuireError | undefined> {
    const live = this.#getLive();
    const { store, writer, quota } = this.#parts;
    const { owner, id } = live.record;
    await writer.stop(answer.id);
    quota.add(owner, { conversations: 0, bytes: storedBytes([answer]) });
    live.state = 'stored';
    const unsaved = await this.#writeOrRetry(id, async () =>
      this.#publishChange(live, await store.endTurn(id, answer)),
    );
    if (unsaved !== undefined) this.#publishChange(live); // clients can already read the answer
    return unsaved;
  }

  select(head: string): void {
    const live = this.#getLive();
    const { store, pendingWrites } = this.#parts;
    const { owner, id } = live.record;
    if (live.state === 'draft') return; // the first turn stores the head
    const write = async (): Promise<void> => {
      if (await store.update(owner, id, { head })) this.#publishChange(live);
    };
    pendingWrites.attempt(id, write).catch(() => {});
  }

  async drop(messages: readonly MessageNode[], head: string | undefined): Promise<void> {
    const live = this.#getLive();
    const { store, writer, quota } = this.#parts;
    const { owner, id, title, system } = live.record;
    const answer = messages.at(-1)!.id;
    await writer.stop(answer);
    const isFirstTurn = live.state === 'begun';
    const bytes = isFirstTurn ? storedBytes(messages, title, system) : storedBytes(messages);
    quota.subtract(owner, { conversations: isFirstTurn ? 1 : 0, bytes });
    const previousTitle = live.titleSource === answer ? '' : undefined;
    if (previousTitle !== undefined) live.record = { ...live.record, title: previousTitle };
    if (isFirstTurn) {
      live.state = 'draft';
      await this.#writeOrRetry(id, () => store.remove(live.record.owner, id));
      this.#parts.changes.publish(live.record.owner, { conversation: id, deleted: true });
      return;
    }
    const unsaved = await this.#writeOrRetry(id, async () =>
      this.#publishChange(live, await store.dropTurn(id, messages, head, previousTitle)),
    );
    if (unsaved !== undefined) this.#publishChange(live);
  }

  /** Runs `write` after the pending writes. If one of them fails, queues `write` and returns the error. Never rejects. */
  async #writeOrRetry(conversation: string, write: () => Promise<unknown>): Promise<QuireError | undefined> {
    const { pendingWrites, onFailure } = this.#parts;
    try {
      await pendingWrites.flush(conversation);
      await write();
      return undefined;
    } catch (error) {
      onFailure(error);
      pendingWrites.queue(conversation, write);
      return asQuireError(error);
    }
  }
}

// Returns the title of an untitled conversation if `messages` contain its first message, from which the title is derived.
function defaultTitle({ record }: LiveConversation, messages: readonly MessageNode[]): string | undefined {
  const first = messages.find(({ parent }) => parent === undefined);
  return first !== undefined && record.title === '' ? replaceUnstorable(titleOf(first.content)) : undefined;
}
