// A suite for both databases in library.test.ts: pages of a list with equal times, strings that no database stores, drafts,
// imports, owners and quotas.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ConversationLibrary } from '../../src/chat/conversation-library.ts';
import type { ConversationRecord, ConversationStore } from '../../src/chat/conversation-store.ts';
import { type OpenStoreOptions, openStore } from '../../src/chat/storage/open-store.ts';
import { conversationView } from '../../src/server/protocols/conversations/conversation-view.ts';
import { CharacterCompleter } from '../support/chat/character-completer.ts';
import { conversationRecord } from '../support/chat/records.ts';

export function pagesAndStrings(address: () => OpenStoreOptions): void {
  let store: ConversationStore;
  let owner: string;
  let owners = 0;
  beforeAll(async () => {
    store = await openStore(address());
  });
  beforeEach(() => {
    owner = `pages ${owners++}`;
  });
  afterAll(() => store.close());

  const recordOf = (more: Partial<ConversationRecord>): ConversationRecord =>
    conversationRecord({ id: crypto.randomUUID(), owner, ...more });
  const libraryOf = (
    ...answers: ConstructorParameters<typeof CharacterCompleter>
  ): [ConversationLibrary, CharacterCompleter] => {
    const completer = new CharacterCompleter(...answers);
    return [new ConversationLibrary(completer, { store }), completer];
  };

  test('pages of conversations with equal times contain each of them once', async () => {
    const records = Array.from({ length: 31 }, (_, i) => recordOf({ updatedAt: i < 4 ? 7 : 5 }));
    await store.createAll(records.map((record) => ({ record, messages: [] })));
    const [library] = libraryOf();
    const seen: string[] = [];
    for (let before: ConversationRecord | undefined; ; ) {
      const page = await library.list(owner, { limit: 7, before });
      seen.push(...page.map(({ id }) => id));
      before = page.at(-1);
      if (before === undefined) break;
    }
    expect(seen).toHaveLength(31);
    expect(new Set(seen)).toEqual(new Set(records.map(({ id }) => id)));
    expect(await library.list(owner, { before: 7 })).toHaveLength(27);
  });

  test('NUL and lone surrogates become U+FFFD in every string', async () => {
    const odd = '\0a\0b\ud800c';
    const stored = '\ufffda\ufffdb\ufffdc';
    const [library] = libraryOf('Hi', odd);
    const named = await library.create(owner, { title: odd, system: odd });
    expect(named.record).toMatchObject({ title: stored, system: stored });
    const first = await library.create(owner);
    await first.conversation.send(odd).result;
    const second = await library.create(owner);
    await second.conversation.send('x').result;
    expect((await library.change(owner, second.record.id, { title: odd })).record.title).toBe(stored);
    const titles = (await store.list(owner)).map(({ title }) => title);
    expect(titles).toEqual([stored, stored, stored]);
    expect(await store.list(owner, { search: odd })).toHaveLength(3);
    expect((await store.load(owner, second.record.id))?.messages[1]?.content).toBe(stored);
    await store.set(owner, 'page', { [odd]: odd });
    expect(await store.setting(owner, 'page')).toEqual({ [odd]: odd });
    await store.knowKey(odd);
    expect(await store.load(odd, odd)).toBeUndefined();
    expect([await store.update(owner, odd, { title: odd }), await store.remove(owner, odd)]).toEqual([
      false,
      false,
    ]);
    expect(await store.list(odd, { search: odd, before: { updatedAt: 1, id: odd } })).toEqual([]);
    await expect(library.open(owner, odd)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a draft is stored with its first turn, and not when the turn generates no token', async () => {
    const [library] = libraryOf(new Error('refused'), '', 'Hi');
    const { record, conversation } = await library.draft(owner, { system: 'Be kind.' });
    const listed = async (): Promise<number> => (await library.list(owner)).length;
    expect(await listed()).toBe(0);
    await expect(conversation.send('One').result).rejects.toThrow('refused');
    await conversation.send('Two').result; // without a token
    expect([await listed(), await store.load(owner, record.id)]).toEqual([0, undefined]);
    await conversation.send('Three').result;
    const stored = await store.load(owner, record.id);
    expect(stored?.record).toMatchObject({ title: 'Three', system: 'Be kind.', head: conversation.head });
    expect(stored?.messages.map(({ content }) => content)).toEqual(['Three', 'Hi']);
    await library.remove(owner, record.id);
    const unused = await library.draft(owner);
    await library.remove(owner, unused.record.id);
    await expect(library.open(owner, unused.record.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a first message that is refused does not become the title', async () => {
    const [library] = libraryOf(new Error('refused'), 'Hi');
    const { record, conversation } = await library.create(owner);
    await expect(conversation.send('One').result).rejects.toThrow('refused');
    expect((await store.load(owner, record.id))?.record.title).toBe('');
    await conversation.send('Two').result;
    expect((await store.load(owner, record.id))?.record.title).toBe('Two');
  });

  test('an imported conversation equals the exported one except for its ids, and can be continued', async () => {
    const [library, completer] = libraryOf('Hi', 'Hello', 'Well', 'Bye');
    completer.contextLength = 1000;
    const policy = { kind: 'truncate', lowWater: 0.25 } as const;
    const made = await library.create(owner, {
      title: 'Mine',
      system: 'Be kind.',
      contextPolicy: policy,
      sampling: { temperature: 0, stop: ['x'] },
    });
    const { conversation } = made;
    const { messages } = await conversation.send('One').result;
    await conversation.regenerate().result;
    await conversation.edit(messages!.user, 'Uno').result;
    await library.change(owner, made.record.id, { head: messages!.assistant });
    const exported = JSON.parse(JSON.stringify(conversationView(await library.open(owner, made.record.id))));
    const other = `${owner}, another`;
    const [imported] = await library.import(other, exported);
    const again = conversationView(imported!);
    expect(withoutIds(again)).toEqual(withoutIds(exported));
    const ids = [exported, again].flatMap((view) => [
      view.id,
      ...view.messages.map(({ id }: { id: string }) => id),
    ]);
    expect(new Set(ids).size).toBe(ids.length);
    expect((await library.list(other)).map(({ title }) => title)).toEqual(['Mine']);
    const [cold, answers] = libraryOf('Far', 'Yes');
    answers.contextLength = 1000;
    const opened = await cold.open(other, again.id);
    expect(conversationView(opened)).toEqual(again);
    await opened.conversation.send('Two').result;
    await opened.conversation.regenerate(again.messages.at(-1)!.id).result;
    expect(answers.prompts).toEqual(['<s>Be kind.|<u>One|<a>Hi|<u>Two|<a>', '<s>Be kind.|<u>Uno|<a>']);
  });

  test('an import of a list stores all of its conversations or none', async () => {
    const [library] = libraryOf();
    const view = conversationView(await library.create(owner, { title: 'One' }));
    expect(await library.import(owner, [view, view])).toHaveLength(2);
    await expect(library.import(owner, [view, { ...view, head: 'x' }])).rejects.toMatchObject({
      code: 'bad_import',
    });
    expect(await library.list(owner)).toHaveLength(3);
  });

  test('changing the owner moves stored and open conversations, and settings that the new owner lacks', async () => {
    const to = `${owner}, named`;
    const limits = { conversations: 2 };
    const library = new ConversationLibrary(new CharacterCompleter('Hi', 'Well'), { store, limits });
    const { record, conversation } = await library.create(owner);
    await library.create(to);
    await library.create(`${owner}, another`);
    await store.set(owner, 'page', 'old');
    await store.set(owner, 'only', 'old');
    await store.set(to, 'page', 'new');
    const turn = conversation.send('One').result;
    await library.changeOwner(owner, to);
    await turn;
    const opened = await library.open(to, record.id);
    expect([opened.conversation, opened.record.owner]).toEqual([conversation, to]);
    await expect(library.open(owner, record.id)).rejects.toMatchObject({ code: 'not_found' });
    await library.change(to, record.id, { title: 'Mine' });
    expect((await store.load(to, record.id))?.record.title).toBe('Mine');
    expect([await store.list(owner), (await store.list(to)).length]).toEqual([[], 2]);
    expect([await store.setting(to, 'page'), await store.setting(to, 'only')]).toEqual(['new', 'old']);
    expect(await store.setting(owner, 'page')).toBeUndefined();
    await expect(library.create(to)).rejects.toMatchObject({ code: 'quota_exceeded' });
    await library.create(owner);
    await store.changeOwner('nobody', to);
    expect(await store.list(to)).toHaveLength(2);
  });

  test('the quotas for conversations and bytes are enforced', async () => {
    const limits = { conversations: 3, bytes: 200 };
    const library = new ConversationLibrary(new CharacterCompleter('Hi', 'x'.repeat(40)), { store, limits });
    const exceeded = { code: 'quota_exceeded', status: 403 };
    const { record, conversation } = await library.create(owner);
    await library.create(owner);
    await library.fork(owner, record.id);
    await expect(library.create(owner)).rejects.toMatchObject(exceeded);
    await expect(library.fork(owner, record.id)).rejects.toMatchObject(exceeded);
    await expect(library.import(owner, conversationView({ record, conversation }))).rejects.toMatchObject(
      exceeded,
    );
    await library.create(`${owner}, another`);
    await conversation.send('One').result;
    await expect(conversation.send('y'.repeat(70)).result).rejects.toMatchObject(exceeded);
    await conversation.send('Two').result; // its answer may exceed the quota
    const use = await store.use(owner);
    expect(use.conversations).toBe(3);
    expect(use.bytes).toBeGreaterThan(200);
    const again = new ConversationLibrary(new CharacterCompleter(), { store, limits });
    const opened = await again.open(owner, record.id);
    await expect(opened.conversation.send('Three').result).rejects.toMatchObject(exceeded);
    await again.remove(owner, record.id);
    await again.create(owner, { title: 'room' });
  });
}

interface View {
  readonly head: string | null;
  readonly messages: readonly { readonly id: string; readonly parent: string | null }[];
}

/** Returns the view with list indices in place of ids. */
function withoutIds(view: View) {
  const at = (id: string | null): number | null =>
    id === null ? null : view.messages.findIndex((message) => message.id === id);
  return {
    ...view,
    id: '',
    head: at(view.head),
    messages: view.messages.map((message, index) => ({ ...message, id: index, parent: at(message.parent) })),
  };
}
