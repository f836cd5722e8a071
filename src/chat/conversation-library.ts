// All conversations of a server, which are stored in a database and loaded on demand. An open conversation has only one object,
// so that all clients receive the same running answer.

import { QuireError } from '../base/errors.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import { checkOptionNames, checkString } from '../base/option-names.ts';
import { absentCompleter, absentCompleterWith } from './absent-completer.ts';
import { ChangeFeed, type ChangeListener } from './change-feed.ts';
import { contextPolicy } from './context-policy.ts';
import { type CreateFork, TokenExactConversation } from './conversation.ts';
import type { ConversationCompleter } from './conversation-completer.ts';
import type {
  ConversationChanges,
  ConversationQuery,
  ConversationRecord,
  ConversationStore,
  StoredConversation,
} from './conversation-store.ts';
import type { Conversation } from './conversation-types.ts';
import { encodeCurrentBranch } from './import/encode-current-branch.ts';
import { readExports, type SamplingCheck } from './import/read-exports.ts';
import {
  type LiveConversation,
  type NewConversation,
  newRecord,
  type OpenConversation,
  toOpenConversation,
  unknownConversationError,
} from './live-conversation.ts';
import type { MessageNode } from './message-node.ts';
import { MessageTree } from './message-tree.ts';
import { OpenConversationCache } from './open-conversation-cache.ts';
import { PendingWrites } from './pending-writes.ts';
import { ProgressWriter } from './progress-writer.ts';
import { replaceUnstorable } from './replace-unstorable.ts';
import { type StorageLimits, StorageQuota, storedBytes } from './storage-quota.ts';
import { StoredTurnJournal, type TurnStorage } from './stored-turn-journal.ts';

export type { NewConversation, OpenConversation } from './live-conversation.ts';

/** Returns the completer of a model, or of the default model if `model` is undefined. Waits while the model is loading. */
export type FindCompleter = (model: string | undefined) => Promise<ConversationCompleter>;

export interface LibraryOptions {
  /** stores the conversations */
  readonly store: ConversationStore;
  /** called when a write of a turn failed; it does not make the turn fail, and the complete answer is written later */
  readonly onFailure?: (error: unknown) => void;
  /** storage limits of each owner; without limits by default */
  readonly limits?: StorageLimits;
}

export class ConversationLibrary {
  readonly #findCompleter: FindCompleter;
  readonly #store: ConversationStore;
  readonly #pendingWrites = new PendingWrites();
  readonly #changes = new ChangeFeed();
  readonly #quota: StorageQuota;
  readonly #turns: TurnStorage;
  /** open conversations by owner and id; with the owner in the key, no other owner finds the conversation */
  readonly #openConversations = new OpenConversationCache<LiveConversation>();
  /** writes of new forks that are in progress */
  readonly #forkWrites = new Set<Promise<void>>();
  readonly #loads = new Map<string, Promise<LiveConversation | undefined>>();

  /** @param completer a completer, a promise of a completer that is loading, or a function that finds a completer by name */
  constructor(
    completer: ConversationCompleter | Promise<ConversationCompleter> | FindCompleter,
    options: LibraryOptions,
  ) {
    const { store, onFailure = () => {}, limits = {} } = options;
    const find = typeof completer === 'function' ? completer : findAlways(completer);
    this.#findCompleter = async (model) => find(model).catch(absentCompleter);
    this.#store = store;
    this.#quota = new StorageQuota(store, limits);
    const writer = new ProgressWriter(store, onFailure);
    const [pendingWrites, quota, changes] = [this.#pendingWrites, this.#quota, this.#changes];
    this.#turns = { store, writer, pendingWrites, quota, changes, onFailure };
  }

  /** Creates and stores a conversation. Rejects with `quota_exceeded`. */
  async create(owner: string, options: NewConversation = {}): Promise<OpenConversation> {
    const record = newRecord(owner, options);
    const addedUse = { conversations: 1, bytes: storedBytes([], record.title, record.system) };
    await this.#quota.writeWithin(owner, addedUse, () => this.#store.create(record));
    return this.#openNew(record, []);
  }

  /**
   * Creates a conversation that is stored when its first turn starts, and removed again if that turn produces no answer, so that
   * a rejected first message leaves no empty conversation. A draft can already be opened by its id.
   */
  async draft(owner: string, options: NewConversation = {}): Promise<OpenConversation> {
    return this.#openRecord(newRecord(owner, options), [], 'draft');
  }

  /** Opens a conversation. Rejects with `not_found` if the owner has no such conversation. */
  async open(owner: string, id: string): Promise<OpenConversation> {
    const live = await this.#find(owner, id);
    const { model } = live.record;
    const completer = live.conversation.busy ? undefined : await this.#findCompleter(model);
    // While the model was loading, a turn may have started or another model may have been selected.
    if (completer !== undefined && live.record.model === model) live.conversation.use(completer);
    this.#openConversations.use(keyOf(owner, id), live);
    return toOpenConversation(live);
  }

  /**
   * Notifies `listener` whenever a conversation of the owner is stored, changed or deleted, and at the start and end of each
   * turn. Returns a function that removes the listener.
   */
  watch(owner: string, listener: ChangeListener): () => void {
    return this.#changes.listen(owner, listener);
  }

  /**
   * Releases a completer that was unloaded. Turns of its conversations fail with `reason` until the conversation is opened
   * again, which finds another completer.
   */
  release(completer: ConversationCompleter, reason: () => unknown): void {
    const absent = absentCompleterWith(reason);
    for (const { conversation } of this.#openConversations.all) conversation.replace(completer, absent);
  }

  async list(owner: string, query: ConversationQuery = {}): Promise<readonly ConversationRecord[]> {
    checkString('owner', owner);
    checkOptionNames(query, QUERY_NAMES, 'the list of conversations');
    await Promise.all(this.#forkWrites); // so that the list contains new forks
    return this.#store.list(owner, query);
  }

  /** Changes a conversation. Rejects with `not_found`, or `conversation_busy` for a new head while an answer is generated. */
  async change(owner: string, id: string, changes: ConversationChanges): Promise<OpenConversation> {
    checkOptionNames(changes, CHANGE_NAMES, 'a change of a conversation');
    const live = await this.#find(owner, id);
    await this.#pendingWrites.flush(id);
    const { head, title } = changes;
    const policy = changes.policy === undefined ? undefined : contextPolicy(changes.policy);
    const previousHead = live.conversation.head;
    if (head !== undefined) live.conversation.moveHead(head);
    const storedChanges: ConversationChanges = {
      ...changes,
      ...(title === undefined ? {} : { title: replaceUnstorable(title) }),
      ...(head === undefined ? {} : { head: live.conversation.head! }),
      ...omitUndefined({ policy }),
    };
    try {
      if (live.state !== 'draft') await this.#store.update(owner, id, storedChanges);
    } catch (error) {
      if (head !== undefined && previousHead !== undefined && !live.conversation.busy)
        live.conversation.moveHead(previousHead);
      throw error;
    }
    if (policy !== undefined) live.conversation.policy = policy;
    live.record = { ...live.record, ...storedChanges };
    if (live.state !== 'draft')
      this.#changes.publish(owner, { conversation: id, updatedAt: live.record.updatedAt });
    return this.open(owner, id);
  }

  /** Removes a conversation. Rejects with `not_found`, or `conversation_busy` while an answer is generated. */
  async remove(owner: string, id: string): Promise<void> {
    const live = await this.#find(owner, id);
    if (live.conversation.busy)
      throw new QuireError(
        'conversation_busy',
        'an answer is still being generated',
        'cancel the answer first',
      );
    live.removed = true; // set before the deletion, so that no turn can start during the deletion
    let removed: boolean;
    try {
      const mayBeStored = live.state !== 'draft' || this.#pendingWrites.has(id);
      removed = (mayBeStored && (await this.#store.remove(owner, id))) || live.state === 'draft';
    } catch (error) {
      live.removed = false;
      throw error;
    }
    this.#openConversations.delete(keyOf(owner, id));
    this.#pendingWrites.discard(id);
    if (!removed) throw unknownConversationError(id);
    const { title, system } = live.record;
    const bytes = storedBytes(live.conversation.tree.nodes, title, system);
    if (live.state === 'draft') return;
    this.#quota.subtract(owner, { conversations: 1, bytes });
    this.#changes.publish(owner, { conversation: id, deleted: true });
  }

  /** Stores a copy of the branch that ends with `message`, by default the current one, as a new conversation. */
  async fork(owner: string, id: string, message?: string): Promise<OpenConversation> {
    const { record, conversation } = await this.#find(owner, id);
    const { tree } = conversation;
    if (message !== undefined && tree.get(message) === undefined)
      throw new QuireError(
        'not_found',
        'the conversation has no message with this id',
        'load the conversation to see its messages',
      );
    const path = tree.path(message ?? conversation.head).filter(({ state }) => state !== 'running');
    const copied = copyMessages(path.at(-1)?.role === 'user' ? path.slice(0, -1) : path);
    const [fork] = await this.#storeAll(owner, [
      { record: forkRecord(record, copied.at(-1)?.id), messages: copied },
    ]);
    return fork!;
  }

  /**
   * Imports an exported conversation or a list of exported conversations for the owner, under new ids. Imports all
   * conversations or none. Does not trust the data: checks the message tree and computes the token ids again. Rejects with
   * `bad_import` or `quota_exceeded`.
   * @param checkSampling checks the sampling options of a conversation; by default the next turn checks them
   */
  async import(
    owner: string,
    exported: unknown,
    checkSampling: SamplingCheck = (sampling) => sampling,
  ): Promise<readonly OpenConversation[]> {
    checkString('owner', owner);
    const conversations = await readExports(exported, { owner, checkSampling });
    const completer = await this.#findCompleter(undefined);
    const encoded: StoredConversation[] = [];
    for (const conversation of conversations)
      encoded.push(await encodeCurrentBranch(completer, conversation));
    return this.#storeAll(owner, encoded);
  }

  /** Moves all conversations of the owner `from` to the owner `to`. An open conversation keeps its object. */
  async changeOwner(from: string, to: string): Promise<void> {
    const open = this.#openConversations.all.filter(({ record }) => record.owner === from);
    // Before the write: otherwise, if a conversation were opened during the write, it would get a second object.
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

  /** Retries all pending writes once, then drops those that failed. Never rejects. */
  async settle(): Promise<void> {
    await this.#pendingWrites.flushAll();
    this.#pendingWrites.close();
  }

  async #storeAll(
    owner: string,
    conversations: readonly StoredConversation[],
  ): Promise<readonly OpenConversation[]> {
    let bytes = 0;
    for (const { record, messages } of conversations)
      bytes += storedBytes(messages, record.title, record.system);
    const addedUse = { conversations: conversations.length, bytes };
    await this.#quota.writeWithin(owner, addedUse, () => this.#store.createAll(conversations));
    return Promise.all(conversations.map(({ record, messages }) => this.#openNew(record, messages)));
  }

  #assign(live: LiveConversation, owner: string): void {
    const { id } = live.record;
    this.#openConversations.delete(keyOf(live.record.owner, id));
    live.record = { ...live.record, owner };
    this.#openConversations.use(keyOf(owner, id), live);
  }

  async #find(owner: string, id: string): Promise<LiveConversation> {
    checkString('owner', owner);
    checkString('the id of the conversation', id);
    const key = keyOf(owner, id);
    const live = this.#openConversations.get(key) ?? (await this.#loadOnce(key, owner, id));
    if (live === undefined || live.removed) throw unknownConversationError(id);
    return live;
  }

  #loadOnce(key: string, owner: string, id: string): Promise<LiveConversation | undefined> {
    const load = this.#loads.get(key) ?? this.#load(key, owner, id).finally(() => this.#loads.delete(key));
    this.#loads.set(key, load);
    return load;
  }

  async #load(key: string, owner: string, id: string): Promise<LiveConversation | undefined> {
    const storedConversation = await this.#store.load(owner, id);
    if (storedConversation === undefined) return undefined;
    const live = await this.#createLive(storedConversation.record, storedConversation.messages, 'stored');
    this.#openConversations.use(key, live);
    return live;
  }

  async #openNew(record: ConversationRecord, messages: readonly MessageNode[]): Promise<OpenConversation> {
    const open = await this.#openRecord(record, messages, 'stored');
    this.#changes.publish(record.owner, { conversation: record.id, updatedAt: record.updatedAt });
    return open;
  }

  async #openRecord(
    record: ConversationRecord,
    messages: readonly MessageNode[],
    state: LiveConversation['state'],
  ): Promise<OpenConversation> {
    const live = await this.#createLive(record, messages, state);
    this.#openConversations.use(keyOf(record.owner, record.id), live);
    return toOpenConversation(live);
  }

  async #createLive(
    record: ConversationRecord,
    messages: readonly MessageNode[],
    state: LiveConversation['state'],
  ): Promise<LiveConversation> {
    return this.#createLiveWith(await this.#findCompleter(record.model), record, messages, state);
  }

  #createLiveWith(
    completer: ConversationCompleter,
    record: ConversationRecord,
    messages: readonly MessageNode[],
    state: LiveConversation['state'],
  ): LiveConversation {
    const { system, templateOptions, policy, head } = record;
    const tree = new MessageTree(messages);
    const journal = new StoredTurnJournal(this.#turns, () => live);
    const makeFork: CreateFork = (nodes, forkCompleter) => this.#forkLive(live, nodes, forkCompleter);
    const parts = { system, templateOptions, policy, tree, head, journal, makeFork };
    const conversation = new TokenExactConversation(completer, parts);
    const live: LiveConversation = { record, conversation, removed: false, state };
    return live;
  }

  // Returns the fork before it is stored. It is stored before its next turn at the latest.
  #forkLive(
    { record, conversation }: LiveConversation,
    nodes: readonly MessageNode[],
    completer: ConversationCompleter,
  ): Conversation {
    const copied = copyMessages(nodes);
    const head = copied[nodes.findIndex(({ id }) => id === conversation.head)]?.id;
    const fork = forkRecord(record, head);
    const { owner, id, title, system } = fork;
    const live = this.#createLiveWith(completer, fork, copied, 'stored');
    this.#openConversations.use(keyOf(owner, id), live);
    const store = async (): Promise<void> => {
      const addedUse = { conversations: 1, bytes: storedBytes(copied, title, system) };
      await this.#quota.writeWithin(owner, addedUse, () =>
        this.#store.createAll([{ record: fork, messages: copied }]),
      );
      this.#changes.publish(owner, { conversation: id, updatedAt: fork.updatedAt });
    };
    const write = this.#pendingWrites.attempt(id, store).finally(() => this.#forkWrites.delete(write));
    this.#forkWrites.add(write);
    return live.conversation;
  }
}

const CHANGE_NAMES = Object.keys({
  title: true,
  policy: true,
  sampling: true,
  head: true,
  model: true,
} satisfies Record<keyof ConversationChanges, true>);
const QUERY_NAMES = Object.keys({ search: true, limit: true, before: true } satisfies Record<
  keyof ConversationQuery,
  true
>);

/** Copies messages and assigns new ids. A parent must precede its children. */
function copyMessages(nodes: readonly MessageNode[]): MessageNode[] {
  const ids = new Map(nodes.map(({ id }) => [id, crypto.randomUUID() as string]));
  return nodes.map((node) => ({ ...node, id: ids.get(node.id)!, parent: ids.get(node.parent ?? '') }));
}

function forkRecord(record: ConversationRecord, head: string | undefined): ConversationRecord {
  const now = Date.now();
  return { ...record, id: crypto.randomUUID(), head, createdAt: now, updatedAt: now };
}

function findAlways(completer: ConversationCompleter | Promise<ConversationCompleter>): FindCompleter {
  const result = Promise.resolve(completer);
  result.catch(() => {}); // the error is reported to callers that open a conversation
  return () => result;
}

const keyOf = (owner: string, id: string): string => JSON.stringify([owner, id]);
