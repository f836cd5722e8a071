// All conversations of a server: kept in a store, opened when somebody goes on with one, and one object for each, so
// that two readers of the same conversation see the same answer being written.

import type { Completer, SamplingOptions, TemplateOptions } from '../base/completer.ts';
import { QuireError } from '../base/errors.ts';
import { type ContextPolicy, contextPolicy } from './context-policy.ts';
import { type Conversation, TokenExactConversation } from './conversation.ts';
import type {
  ConversationChanges,
  ConversationQuery,
  ConversationRecord,
  ConversationStore,
} from './conversation-store.ts';
import type { MessageNode } from './message-node.ts';
import { MessageTree } from './message-tree.ts';
import { ProgressWriter } from './progress-writer.ts';
import type { TurnJournal } from './turn-journal.ts';

export interface NewConversation extends TemplateOptions {
  readonly system?: string | undefined;
  readonly title?: string | undefined;
  readonly contextPolicy?: ContextPolicy['kind'] | ContextPolicy | undefined;
  readonly sampling?: SamplingOptions | undefined;
}

export interface OpenConversation {
  readonly record: ConversationRecord;
  readonly conversation: Conversation;
}

export interface LibraryOptions {
  readonly store: ConversationStore;
  /** told when a part of an answer could not be written; its end is written all the same */
  readonly onFailure?: (error: unknown) => void;
}

interface Live {
  record: ConversationRecord;
  readonly conversation: TokenExactConversation;
  removed: boolean;
}

const TITLE_LENGTH = 60;
const MOST_IDLE = 256; // open conversations that nobody uses; the others are read again

export class ConversationLibrary {
  readonly #completer: Promise<Completer>;
  readonly #store: ConversationStore;
  readonly #writer: ProgressWriter;
  /** by owner and id, so that a stranger's question is never the answer to the owner's */
  readonly #live = new Map<string, Promise<Live | undefined>>();

  /** @param completer may still be loading: what is stored can be listed meanwhile */
  constructor(completer: Completer | Promise<Completer>, { store, onFailure = () => {} }: LibraryOptions) {
    this.#completer = Promise.resolve(completer);
    this.#completer.catch(() => {}); // told to who opens a conversation
    this.#store = store;
    this.#writer = new ProgressWriter(store, onFailure);
  }

  async create(owner: string, asked: NewConversation = {}): Promise<OpenConversation> {
    const { system, title = '', contextPolicy: policy, sampling = {}, ...templateOptions } = asked;
    const now = Date.now();
    const record: ConversationRecord = {
      id: crypto.randomUUID(),
      owner,
      title,
      system,
      templateOptions,
      policy: contextPolicy(policy),
      sampling,
      head: undefined,
      createdAt: now,
      updatedAt: now,
    };
    await this.#store.create(record);
    return this.#keep(record, []);
  }

  /** Raises `not_found`, also where the conversation is somebody else's. */
  async open(owner: string, id: string): Promise<OpenConversation> {
    const live = await this.#find(owner, id);
    if (live.removed) throw unknownConversation(id); // meanwhile
    const key = keyOf(owner, id);
    this.#live.delete(key); // to the end: used last
    this.#live.set(key, Promise.resolve(live));
    void this.#forgetIdle();
    return { record: { ...live.record, head: live.conversation.head }, conversation: live.conversation };
  }

  list(owner: string, query?: ConversationQuery): Promise<readonly ConversationRecord[]> {
    return this.#store.list(owner, query);
  }

  /** Raises `not_found`, and `conversation_busy` for another head while an answer is written. */
  async change(owner: string, id: string, changes: ConversationChanges): Promise<OpenConversation> {
    const live = await this.#find(owner, id);
    const { head } = changes;
    const policy = changes.policy === undefined ? undefined : contextPolicy(changes.policy);
    if (head !== undefined) live.conversation.select(head);
    if (policy !== undefined) live.conversation.policy = policy;
    const kept: ConversationChanges = {
      ...changes,
      ...(head === undefined ? {} : { head: live.conversation.head! }),
      ...(policy === undefined ? {} : { policy }),
    };
    await this.#store.update(owner, id, kept);
    live.record = { ...live.record, ...kept };
    return this.open(owner, id);
  }

  /** Raises `not_found`, and `conversation_busy` while an answer is written. */
  async remove(owner: string, id: string): Promise<void> {
    const live = await this.#find(owner, id);
    if (live.conversation.busy)
      throw new QuireError('conversation_busy', 'an answer is still being written', 'cancel it first');
    live.removed = true; // at once: who opens it now would begin a turn that nobody can keep
    let removed: boolean;
    try {
      removed = await this.#store.remove(owner, id);
    } catch (error) {
      live.removed = false;
      throw error;
    }
    this.#live.delete(keyOf(owner, id));
    if (!removed) throw unknownConversation(id);
  }

  /** A conversation of its own with the branch that ends with `message`, the current one by default. */
  async fork(owner: string, id: string, message?: string): Promise<OpenConversation> {
    const { record, conversation } = await this.#find(owner, id);
    const { tree } = conversation;
    if (message !== undefined && tree.get(message) === undefined)
      throw new QuireError(
        'not_found',
        'there is no such message',
        'ask for the conversation to see its messages',
      );
    const path = tree.path(message ?? conversation.head).filter(({ state }) => state !== 'running');
    const copied = copiesOf(path.at(-1)?.role === 'user' ? path.slice(0, -1) : path);
    const now = Date.now();
    const fork = {
      ...record,
      id: crypto.randomUUID(),
      head: copied.at(-1)?.id,
      createdAt: now,
      updatedAt: now,
    };
    await this.#store.create(fork, copied);
    return this.#keep(fork, copied);
  }

  async #find(owner: string, id: string): Promise<Live> {
    const key = keyOf(owner, id);
    let live = this.#live.get(key);
    if (live === undefined) {
      live = this.#load(owner, id);
      this.#live.set(key, live);
      live.then(
        (found) => found ?? this.#live.delete(key),
        () => this.#live.delete(key),
      );
    }
    const found = await live;
    if (found === undefined) throw unknownConversation(id);
    return found;
  }

  async #load(owner: string, id: string): Promise<Live | undefined> {
    const stored = await this.#store.load(owner, id);
    return stored === undefined ? undefined : this.#liveOf(stored.record, stored.messages);
  }

  async #keep(record: ConversationRecord, messages: readonly MessageNode[]): Promise<OpenConversation> {
    const live = this.#liveOf(record, messages);
    this.#live.set(keyOf(record.owner, record.id), live);
    void this.#forgetIdle();
    return live;
  }

  async #liveOf(record: ConversationRecord, messages: readonly MessageNode[]): Promise<Live> {
    const { system, templateOptions, policy, head } = record;
    const tree = new MessageTree(messages);
    const journal = this.#journalOf(record, (title) => {
      live.record = { ...live.record, title };
    });
    const parts = { system, templateOptions, policy, tree, head, journal };
    const conversation = new TokenExactConversation(await this.#completer, parts);
    const live: Live = { record, conversation, removed: false };
    return live;
  }

  #journalOf({ owner, id }: ConversationRecord, onTitle: (title: string) => void): TurnJournal {
    return {
      begin: async (messages) => {
        const first = messages.find(({ parent }) => parent === undefined);
        const { title } = (await this.#live.get(keyOf(owner, id)))?.record ?? {};
        const named = first !== undefined && title === '' ? titleOf(first.content) : undefined;
        await this.#store.beginTurn(id, messages, named);
        if (named !== undefined) onTitle(named);
      },
      watch: (answer, soFar) => this.#writer.watch(answer, soFar),
      end: async (answer) => {
        await this.#writer.forget(answer.id);
        await this.#store.endTurn(id, answer);
      },
      drop: async (messages, head) => {
        await this.#writer.forget(messages.at(-1)!.id);
        await this.#store.dropTurn(id, messages, head);
      },
    };
  }

  // The one used longest ago stands first.
  async #forgetIdle(): Promise<void> {
    for (const [key, live] of [...this.#live].slice(0, -MOST_IDLE)) {
      if ((await live)?.conversation.busy === false) this.#live.delete(key);
    }
  }
}

/** The beginning of the first line, cut between words where there are any. */
export function titleOf(message: string): string {
  const line = message.trim().split(/\s*[\r\n]+\s*/)[0] ?? '';
  const characters = [...line];
  if (characters.length <= TITLE_LENGTH) return line;
  const cut = characters.slice(0, TITLE_LENGTH).join('');
  const space = cut.lastIndexOf(' ');
  return `${(space > TITLE_LENGTH / 2 ? cut.slice(0, space) : cut).trimEnd()} ...`;
}

function copiesOf(path: readonly MessageNode[]): MessageNode[] {
  let parent: string | undefined;
  return path.map((node) => {
    const copy = { ...node, id: crypto.randomUUID(), parent };
    parent = copy.id;
    return copy;
  });
}

const keyOf = (owner: string, id: string): string => JSON.stringify([owner, id]);

const unknownConversation = (id: string): QuireError =>
  new QuireError(
    'not_found',
    `there is no conversation ${id.slice(0, 64)}`,
    'list them to see which there are',
  );
