// All conversations of a server: stored in a database and loaded on demand. There is one object for each open conversation,
// so that all its readers receive the same running answer.

import { defined } from '../base/defined.ts';
import { QuireError } from '../base/errors.ts';
import { checkOptionNames, checkString } from '../base/option-names.ts';
import { absentCompleter, absentSince } from './absent-completer.ts';
import { ChangeFeed, type ChangeListener } from './change-feed.ts';
import { contextPolicy } from './context-policy.ts';
import { type MakeFork, TokenExactConversation } from './conversation.ts';
import type { ConversationCompleter } from './conversation-completer.ts';
import type {
  ConversationChanges,
  ConversationQuery,
  ConversationRecord,
  ConversationStore,
  StoredConversation,
} from './conversation-store.ts';
import type { Conversation } from './conversation-types.ts';
import { readExports, type SamplingCheck } from './import/read-exports.ts';
import { withTokens } from './import/with-tokens.ts';
import { LateWrites } from './late-writes.ts';
import {
  type LiveConversation,
  type NewConversation,
  newRecord,
  type OpenConversation,
  unknownConversation,
  viewOf,
} from './live-conversation.ts';
import type { MessageNode } from './message-node.ts';
import { MessageTree } from './message-tree.ts';
import { OpenConversationCache } from './open-conversation-cache.ts';
import { ProgressWriter } from './progress-writer.ts';
import { storable } from './storable.ts';
import { type StorageLimits, StorageQuota, sizeOf } from './storage-quota.ts';
import { StoredTurns, type TurnStorage } from './stored-turns.ts';

export type { NewConversation, OpenConversation } from './live-conversation.ts';

/** Finds the completer of a model by name; waits while it is loading. */
export type FindCompleter = (model: string | undefined) => Promise<ConversationCompleter>;

export interface LibraryOptions {
  readonly store: ConversationStore;
  /** called when a part of an answer could not be written; the complete answer is written anyway */
  readonly onFailure?: (error: unknown) => void;
  /** storage limits of each owner; none when absent */
  readonly limits?: StorageLimits;
}

export class ConversationLibrary {
  readonly #completerOf: FindCompleter;
  readonly #store: ConversationStore;
  readonly #late = new LateWrites();
  readonly #changes = new ChangeFeed();
  readonly #quota: StorageQuota;
  readonly #turns: TurnStorage;
  /** by owner and id, so that only the owner finds a conversation */
  readonly #live = new OpenConversationCache<LiveConversation>();
  readonly #forking = new Set<Promise<void>>();
  readonly #loading = new Map<string, Promise<LiveConversation | undefined>>();

  /** @param completer a completer, a promise while it is loading, or a function that finds one by name */
  constructor(
    completer: ConversationCompleter | Promise<ConversationCompleter> | FindCompleter,
    options: LibraryOptions,
  ) {
    const { store, onFailure = () => {}, limits = {} } = options;
    const find = typeof completer === 'function' ? completer : always(completer);
    this.#completerOf = async (model) => find(model).catch(absentCompleter);
    this.#store = store;
    this.#quota = new StorageQuota(store, limits);
    const writer = new ProgressWriter(store, onFailure);
    const [late, quota, changes] = [this.#late, this.#quota, this.#changes];
    this.#turns = { store, writer, late, quota, changes, onFailure };
  }

  /** Creates and stores a conversation. Rejects with `quota_exceeded`. */
  async create(owner: string, asked: NewConversation = {}): Promise<OpenConversation> {
    const record = newRecord(owner, asked);
    const more = { conversations: 1, bytes: sizeOf([], record.title, record.system) };
    await this.#quota.storing(owner, more, () => this.#store.create(record));
    return this.#keepNew(record, []);
  }

  /**
   * Creates a conversation that is stored with its first turn, and is removed again if that turn produces no answer: a refused
   * first message leaves no empty conversation. It can be opened by id meanwhile.
   */
  async draft(owner: string, asked: NewConversation = {}): Promise<OpenConversation> {
    return this.#keep(newRecord(owner, asked), [], 'draft');
  }

  /** Opens a conversation. Rejects with `not_found`, also when it belongs to another owner. */
  async open(owner: string, id: string): Promise<OpenConversation> {
    const live = await this.#find(owner, id);
    const { model } = live.record;
    const completer = live.conversation.busy ? undefined : await this.#completerOf(model);
    // While the model was loading, a turn may have started or another model may have been selected.
    if (completer !== undefined && live.record.model === model) live.conversation.use(completer);
    this.#live.use(keyOf(owner, id), live);
    return viewOf(live);
  }

  /**
   * Notifies `listener` of each conversation of the owner that is stored, changed or deleted from now on, including the start
   * and end of each turn. Returns a function that removes the listener.
   */
  watch(owner: string, listener: ChangeListener): () => void {
    return this.#changes.listen(owner, listener);
  }

  /** Releases `completer`, which was unloaded: its conversations find a completer again when they are opened. */
  release(completer: ConversationCompleter, reason: () => unknown): void {
    const absent = absentSince(reason);
    for (const { conversation } of this.#live.all) conversation.replace(completer, absent);
  }

  async list(owner: string, query: ConversationQuery = {}): Promise<readonly ConversationRecord[]> {
    checkString('owner', owner);
    checkOptionNames(query, QUERY, 'the list of conversations');
    await Promise.all(this.#forking); // so that forks in progress are listed
    return this.#store.list(owner, query);
  }

  /** Changes a conversation. Rejects with `not_found`, or `conversation_busy` for a new head while an answer is generated. */
  async change(owner: string, id: string, changes: ConversationChanges): Promise<OpenConversation> {
    checkOptionNames(changes, CHANGES, 'a change of a conversation');
    const live = await this.#find(owner, id);
    await this.#late.flush(id);
    const { head, title } = changes;
    const policy = changes.policy === undefined ? undefined : contextPolicy(changes.policy);
    const before = live.conversation.head;
    if (head !== undefined) live.conversation.goTo(head);
    const kept: ConversationChanges = {
      ...changes,
      ...(title === undefined ? {} : { title: storable(title) }),
      ...(head === undefined ? {} : { head: live.conversation.head! }),
      ...defined({ policy }),
    };
    try {
      if (live.state !== 'draft') await this.#store.update(owner, id, kept);
    } catch (error) {
      if (head !== undefined && before !== undefined && !live.conversation.busy)
        live.conversation.goTo(before);
      throw error;
    }
    if (policy !== undefined) live.conversation.policy = policy;
    live.record = { ...live.record, ...kept };
    if (live.state !== 'draft')
      this.#changes.publish(owner, { conversation: id, updatedAt: live.record.updatedAt });
    return this.open(owner, id);
  }

  /** Removes a conversation. Rejects with `not_found`, or `conversation_busy` while an answer is generated. */
  async remove(owner: string, id: string): Promise<void> {
    const live = await this.#find(owner, id);
    if (live.conversation.busy)
      throw new QuireError('conversation_busy', 'an answer is still being written', 'cancel it first');
    live.removed = true; // set before the deletion, so that no turn can start meanwhile
    let removed: boolean;
    try {
      const stored = live.state !== 'draft' || this.#late.has(id);
      removed = (stored && (await this.#store.remove(owner, id))) || live.state === 'draft';
    } catch (error) {
      live.removed = false;
      throw error;
    }
    this.#live.delete(keyOf(owner, id));
    this.#late.forget(id);
    if (!removed) throw unknownConversation(id);
    const { title, system } = live.record;
    const bytes = sizeOf(live.conversation.tree.nodes, title, system);
    if (live.state === 'draft') return;
    this.#quota.removed(owner, { conversations: 1, bytes });
    this.#changes.publish(owner, { conversation: id, deleted: true });
  }

  /** Stores a copy of the branch that ends with `message`, by default the current one, as a new conversation. */
  async fork(owner: string, id: string, message?: string): Promise<OpenConversation> {
    const { record, conversation } = await this.#find(owner, id);
    const { tree } = conversation;
    if (message !== undefined && tree.get(message) === undefined)
      throw new QuireError(
        'not_found',
        'there is no such message',
        'load the conversation to see its messages',
      );
    const path = tree.path(message ?? conversation.head).filter(({ state }) => state !== 'running');
    const copied = copiesOf(path.at(-1)?.role === 'user' ? path.slice(0, -1) : path);
    const [made] = await this.#storeAll(owner, [
      { record: forkOf(record, copied.at(-1)?.id), messages: copied },
    ]);
    return made!;
  }

  /**
   * Imports an exported conversation or a list of them, all or none, under new ids and for this owner. The data is not
   * trusted: its tree is checked, and token ids are computed again. Rejects with `bad_import` or `quota_exceeded`.
   * @param checkSampling checks the sampling options of a conversation; without it the next turn does
   */
  async import(
    owner: string,
    exported: unknown,
    checkSampling: SamplingCheck = (sampling) => sampling,
  ): Promise<readonly OpenConversation[]> {
    checkString('owner', owner);
    const conversations = await readExports(exported, { owner, checkSampling });
    const completer = await this.#completerOf(undefined);
    const ready: StoredConversation[] = [];
    for (const one of conversations) ready.push(await withTokens(completer, one));
    return this.#storeAll(owner, ready);
  }

  /** Moves all conversations of `from` to `to`; open ones keep their object. */
  async changeOwner(from: string, to: string): Promise<void> {
    const open = this.#live.all.filter(({ record }) => record.owner === from);
    // Before the store: otherwise a conversation opened meanwhile would get a second object.
    for (const live of open) this.#assign(live, to);
    try {
      await this.#store.changeOwner(from, to);
    } catch (error) {
      for (const live of open) this.#assign(live, from);
      throw error;
    } finally {
      for (const owner of [from, to]) this.#quota.recount(owner);
    }
  }

  /** Retries all pending writes once. Never rejects. */
  async settle(): Promise<void> {
    await this.#late.flushAll();
    this.#late.close();
  }

  async #storeAll(owner: string, all: readonly StoredConversation[]): Promise<readonly OpenConversation[]> {
    let bytes = 0;
    for (const { record, messages } of all) bytes += sizeOf(messages, record.title, record.system);
    const more = { conversations: all.length, bytes };
    await this.#quota.storing(owner, more, () => this.#store.createAll(all));
    return Promise.all(all.map(({ record, messages }) => this.#keepNew(record, messages)));
  }

  #assign(live: LiveConversation, owner: string): void {
    const { id } = live.record;
    this.#live.delete(keyOf(live.record.owner, id));
    live.record = { ...live.record, owner };
    this.#live.use(keyOf(owner, id), live);
  }

  async #find(owner: string, id: string): Promise<LiveConversation> {
    checkString('owner', owner);
    checkString('the id of the conversation', id);
    const key = keyOf(owner, id);
    const live = this.#live.get(key) ?? (await this.#loadOnce(key, owner, id));
    if (live === undefined || live.removed) throw unknownConversation(id);
    return live;
  }

  #loadOnce(key: string, owner: string, id: string): Promise<LiveConversation | undefined> {
    const loading =
      this.#loading.get(key) ?? this.#load(key, owner, id).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async #load(key: string, owner: string, id: string): Promise<LiveConversation | undefined> {
    const stored = await this.#store.load(owner, id);
    if (stored === undefined) return undefined;
    const live = await this.#liveOf(stored.record, stored.messages, 'stored');
    this.#live.use(key, live);
    return live;
  }

  async #keepNew(record: ConversationRecord, messages: readonly MessageNode[]): Promise<OpenConversation> {
    const open = await this.#keep(record, messages, 'stored');
    this.#changes.publish(record.owner, { conversation: record.id, updatedAt: record.updatedAt });
    return open;
  }

  async #keep(
    record: ConversationRecord,
    messages: readonly MessageNode[],
    state: LiveConversation['state'],
  ): Promise<OpenConversation> {
    const live = await this.#liveOf(record, messages, state);
    this.#live.use(keyOf(record.owner, record.id), live);
    return viewOf(live);
  }

  async #liveOf(
    record: ConversationRecord,
    messages: readonly MessageNode[],
    state: LiveConversation['state'],
  ): Promise<LiveConversation> {
    return this.#liveWith(await this.#completerOf(record.model), record, messages, state);
  }

  #liveWith(
    completer: ConversationCompleter,
    record: ConversationRecord,
    messages: readonly MessageNode[],
    state: LiveConversation['state'],
  ): LiveConversation {
    const { system, templateOptions, policy, head } = record;
    const tree = new MessageTree(messages);
    const journal = new StoredTurns(this.#turns, () => live);
    const makeFork: MakeFork = (nodes, current) => this.#forkLive(live, nodes, current);
    const parts = { system, templateOptions, policy, tree, head, journal, makeFork };
    const conversation = new TokenExactConversation(completer, parts);
    const live: LiveConversation = { record, conversation, removed: false, state };
    return live;
  }

  // The fork exists at once and is stored before its next turn at the latest.
  #forkLive(
    { record, conversation }: LiveConversation,
    nodes: readonly MessageNode[],
    completer: ConversationCompleter,
  ): Conversation {
    const copied = copiesOf(nodes);
    const head = copied[nodes.findIndex(({ id }) => id === conversation.head)]?.id;
    const fork = forkOf(record, head);
    const { owner, id, title, system } = fork;
    const live = this.#liveWith(completer, fork, copied, 'stored');
    this.#live.use(keyOf(owner, id), live);
    const store = async (): Promise<void> => {
      const more = { conversations: 1, bytes: sizeOf(copied, title, system) };
      await this.#quota.storing(owner, more, () =>
        this.#store.createAll([{ record: fork, messages: copied }]),
      );
      this.#changes.publish(owner, { conversation: id, updatedAt: fork.updatedAt });
    };
    const forking = this.#late.now(id, store).finally(() => this.#forking.delete(forking));
    this.#forking.add(forking);
    return live.conversation;
  }
}

const CHANGES = Object.keys({
  title: true,
  policy: true,
  sampling: true,
  head: true,
  model: true,
} satisfies Record<keyof ConversationChanges, true>);
const QUERY = Object.keys({ search: true, limit: true, before: true } satisfies Record<
  keyof ConversationQuery,
  true
>);

/** Copies messages with new ids; parents come before their children. */
function copiesOf(nodes: readonly MessageNode[]): MessageNode[] {
  const ids = new Map(nodes.map(({ id }) => [id, crypto.randomUUID() as string]));
  return nodes.map((node) => ({ ...node, id: ids.get(node.id)!, parent: ids.get(node.parent ?? '') }));
}

function forkOf(record: ConversationRecord, head: string | undefined): ConversationRecord {
  const now = Date.now();
  return { ...record, id: crypto.randomUUID(), head, createdAt: now, updatedAt: now };
}

function always(completer: ConversationCompleter | Promise<ConversationCompleter>): FindCompleter {
  const found = Promise.resolve(completer);
  found.catch(() => {}); // reported to the callers that open a conversation
  return () => found;
}

const keyOf = (owner: string, id: string): string => JSON.stringify([owner, id]);
