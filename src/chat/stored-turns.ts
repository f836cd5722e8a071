// Writes the turns of a stored conversation. A turn that cannot be stored does not start. An answer that was shown is never
// withdrawn: if its end cannot be written, the write is retried.

import { asQuireError, type QuireError } from '../base/errors.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { ConversationStore } from './conversation-store.ts';
import { titleOf } from './conversation-title.ts';
import type { LateWrite, LateWrites } from './late-writes.ts';
import { type LiveConversation, unknownConversation } from './live-conversation.ts';
import type { MessageNode } from './message-node.ts';
import type { ProgressWriter } from './progress-writer.ts';
import { storable } from './storable.ts';
import { type StorageQuota, sizeOf } from './storage-quota.ts';
import type { TurnJournal } from './turn-journal.ts';

export interface TurnStorage {
  readonly store: ConversationStore;
  readonly writer: ProgressWriter;
  readonly late: LateWrites;
  readonly quota: StorageQuota;
  readonly changes: ChangeFeed;
  readonly onFailure: (error: unknown) => void;
}

export class StoredTurns implements TurnJournal {
  readonly #parts: TurnStorage;
  readonly #liveOf: () => LiveConversation;

  /** @param liveOf called only after the constructor has returned */
  constructor(parts: TurnStorage, liveOf: () => LiveConversation) {
    this.#parts = parts;
    this.#liveOf = liveOf;
  }

  async begin(messages: readonly MessageNode[]): Promise<void> {
    const live = this.#liveOf();
    const { late } = this.#parts;
    const { id } = live.record;
    if (live.removed) throw unknownConversation(id);
    await late.flush(id);
    const title = nameFor(live, messages);
    try {
      await this.#store(live, messages, title);
    } catch (error) {
      if (asQuireError(error).status >= 500) late.keep(id, this.#undoing(live, messages, title));
      throw error;
    }
    if (title !== undefined) live.namedBy = messages.at(-1)?.id;
  }

  async #store(live: LiveConversation, messages: readonly MessageNode[], title?: string): Promise<void> {
    const { store, quota } = this.#parts;
    const { owner, id, system } = live.record;
    const naming = title === undefined ? {} : { title };
    let updatedAt: number;
    if (live.state === 'draft') {
      updatedAt = Date.now();
      const record = { ...live.record, ...naming, head: messages.at(-1)?.id, updatedAt };
      const more = { conversations: 1, bytes: sizeOf(messages, record.title, system) };
      await quota.storing(owner, more, () => store.createAll([{ record, messages }]));
      live.state = 'begun';
    } else {
      const more = { conversations: 0, bytes: sizeOf(messages) };
      updatedAt = await quota.storing(owner, more, () => store.beginTurn(id, messages, title));
    }
    live.record = { ...live.record, ...naming };
    this.#changed(live, updatedAt);
  }

  #changed(live: LiveConversation, updatedAt = live.record.updatedAt): void {
    live.record = { ...live.record, updatedAt };
    const { owner, id } = live.record;
    this.#parts.changes.publish(owner, { conversation: id, updatedAt });
  }

  // Undoes the start of a turn whose write failed with an unknown outcome, for example because the connection was lost.
  #undoing(live: LiveConversation, messages: readonly MessageNode[], title?: string): LateWrite {
    const { store } = this.#parts;
    const { id } = live.record;
    if (live.state === 'draft') return () => store.remove(live.record.owner, id);
    const { head } = live.conversation;
    return () => store.dropTurn(id, messages, head, title === undefined ? undefined : '');
  }

  watch(answer: MessageNode, soFar: () => MessageNode | undefined): void {
    this.#parts.writer.watch(answer, soFar);
  }

  async end(answer: MessageNode): Promise<QuireError | undefined> {
    const live = this.#liveOf();
    const { store, writer, quota } = this.#parts;
    const { owner, id } = live.record;
    await writer.forget(answer.id);
    quota.stored(owner, { conversations: 0, bytes: sizeOf([answer]) });
    live.state = 'stored';
    const unsaved = await this.#orLater(id, async () => this.#changed(live, await store.endTurn(id, answer)));
    if (unsaved !== undefined) this.#changed(live); // it can be read already
    return unsaved;
  }

  select(head: string): void {
    const live = this.#liveOf();
    const { store, late } = this.#parts;
    const { owner, id } = live.record;
    if (live.state === 'draft') return; // its first turn stores it
    const write = async (): Promise<void> => {
      if (await store.update(owner, id, { head })) this.#changed(live);
    };
    late.now(id, write).catch(() => {});
  }

  async drop(messages: readonly MessageNode[], head: string | undefined): Promise<void> {
    const live = this.#liveOf();
    const { store, writer, quota } = this.#parts;
    const { owner, id, title, system } = live.record;
    const answer = messages.at(-1)!.id;
    await writer.forget(answer);
    const whole = live.state === 'begun';
    const bytes = whole ? sizeOf(messages, title, system) : sizeOf(messages);
    quota.removed(owner, { conversations: whole ? 1 : 0, bytes });
    const renamed = live.namedBy === answer ? '' : undefined;
    if (renamed !== undefined) live.record = { ...live.record, title: renamed };
    if (whole) {
      live.state = 'draft';
      await this.#orLater(id, () => store.remove(live.record.owner, id));
      this.#parts.changes.publish(live.record.owner, { conversation: id, deleted: true });
      return;
    }
    const unsaved = await this.#orLater(id, async () =>
      this.#changed(live, await store.dropTurn(id, messages, head, renamed)),
    );
    if (unsaved !== undefined) this.#changed(live);
  }

  /** Writes now, or later in order if the store fails. Never rejects. */
  async #orLater(conversation: string, write: () => Promise<unknown>): Promise<QuireError | undefined> {
    const { late, onFailure } = this.#parts;
    try {
      await late.flush(conversation);
      await write();
      return undefined;
    } catch (error) {
      onFailure(error);
      late.keep(conversation, write);
      return asQuireError(error);
    }
  }
}

// Derives the title of an untitled conversation from its first message.
function nameFor({ record }: LiveConversation, messages: readonly MessageNode[]): string | undefined {
  const first = messages.find(({ parent }) => parent === undefined);
  return first !== undefined && record.title === '' ? storable(titleOf(first.content)) : undefined;
}
