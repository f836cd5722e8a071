// A test suite that library.test.ts runs with each database: pages of lists with equal times, strings that a database cannot
// store, drafts, imports, owners and quotas.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ConversationLibrary } from '../../src/chat/conversation-library.ts';
import type { ConversationRecord, ConversationStore } from '../../src/chat/conversation-store.ts';
import { type OpenStoreOptions, openStore } from '../../src/chat/storage/open-store.ts';
import { conversationView } from '../../src/server/protocols/conversations/conversation-view.ts';
import { CharacterCompleter } from '../support/chat/character-completer.ts';
import { conversationRecord } from '../support/chat/records.ts';

export function testPagesAndStrings(address: () => OpenStoreOptions): void {
  let store: ConversationStore;
  let owner: string;
  let ownerCount = 0;
  beforeAll(async () => {
    store = await openStore(address());
  });
  beforeEach(() => {
    owner = `pages ${ownerCount++}`;
  });
  afterAll(() => store.close());

  const recordOf = (fields: Partial<ConversationRecord>): ConversationRecord =>
    conversationRecord({ id: crypto.randomUUID(), owner, ...fields });
  const libraryOf = (
    ...answers: ConstructorParameters<typeof CharacterCompleter>
  ): [ConversationLibrary, CharacterCompleter] => {
    const completer = new CharacterCompleter(...answers);
    return [new ConversationLibrary(completer, { store }), completer];
  };

  test('the pages of a list contain each conversation once, even if several have the same time', async () => {
    const records = Array.from({ length: 31 }, (_, i) => recordOf({ updatedAt: i < 4 ? 7 : 5 }));
    await store.createAll(records.map((record) => ({ record, messages: [] })));
    const [library] = libraryOf();
    const listedIds: string[] = [];
    for (let before: ConversationRecord | undefined; ; ) {
      const page = await library.list(owner, { limit: 7, before });
      listedIds.push(...page.map(({ id }) => id));
      before = page.at(-1);
      if (before === undefined) break;
    }
    expect(listedIds).toHaveLength(31);
    expect(new Set(listedIds)).toEqual(new Set(records.map(({ id }) => id)));
    expect(await library.list(owner, { before: 7 })).toHaveLength(27);
  });

  test('NUL and lone surrogates are stored as U+FFFD in the texts of conversations', async () => {
    const unusualText = '\0a\0b\ud800c';
    const storedText = '\ufffda\ufffdb\ufffdc';
    const [library] = libraryOf('Hi', unusualText);
    const named = await library.create(owner, { title: unusualText, system: unusualText });
    expect(named.record).toMatchObject({ title: storedText, system: storedText });
    const first = await library.create(owner);
    await first.conversation.send(unusualText).result;
    const second = await library.create(owner);
    await second.conversation.send('x').result;
    expect((await library.change(owner, second.record.id, { title: unusualText })).record.title).toBe(
      storedText,
    );
    const titles = (await store.list(owner)).map(({ title }) => title);
    expect(titles).toEqual([storedText, storedText, storedText]);
    expect(await store.list(owner, { search: unusualText })).toHaveLength(3);
    expect((await store.load(owner, second.record.id))?.messages[1]?.content).toBe(storedText);
    await store.set(owner, 'page', { [unusualText]: unusualText });
    expect(await store.setting(owner, 'page')).toEqual({ [unusualText]: unusualText });
    await store.knowKey(unusualText);
    expect(await store.load(unusualText, unusualText)).toBeUndefined();
    expect([
      await store.update(owner, unusualText, { title: unusualText }),
      await store.remove(owner, unusualText),
    ]).toEqual([false, false]);
    expect(
      await store.list(unusualText, { search: unusualText, before: { updatedAt: 1, id: unusualText } }),
    ).toEqual([]);
    await expect(library.open(owner, unusualText)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a draft is stored with its first turn that generates a token', async () => {
    const [library] = libraryOf(new Error('refused'), '', 'Hi');
    const { record, conversation } = await library.draft(owner, { system: 'Be kind.' });
    const listLength = async (): Promise<number> => (await library.list(owner)).length;
    expect(await listLength()).toBe(0);
    await expect(conversation.send('One').result).rejects.toThrow('refused');
    await conversation.send('Two').result; // generates no token
    expect([await listLength(), await store.load(owner, record.id)]).toEqual([0, undefined]);
    await conversation.send('Three').result;
    const storedConversation = await store.load(owner, record.id);
    expect(storedConversation?.record).toMatchObject({
      title: 'Three',
      system: 'Be kind.',
      head: conversation.head,
    });
    expect(storedConversation?.messages.map(({ content }) => content)).toEqual(['Three', 'Hi']);
    await library.remove(owner, record.id);
    const unused = await library.draft(owner);
    await library.remove(owner, unused.record.id);
    await expect(library.open(owner, unused.record.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a first message that is rejected does not become the title', async () => {
    const [library] = libraryOf(new Error('refused'), 'Hi');
    const { record, conversation } = await library.create(owner);
    await expect(conversation.send('One').result).rejects.toThrow('refused');
    expect((await store.load(owner, record.id))?.record.title).toBe('');
    await conversation.send('Two').result;
    expect((await store.load(owner, record.id))?.record.title).toBe('Two');
  });

  test('an imported conversation equals the exported conversation except for the ids, and can be continued', async () => {
    const [library, completer] = libraryOf('Hi', 'Hello', 'Well', 'Bye');
    completer.contextLength = 1000;
    const policy = { kind: 'truncate', lowWater: 0.25 } as const;
    const created = await library.create(owner, {
      title: 'Mine',
      system: 'Be kind.',
      contextPolicy: policy,
      sampling: { temperature: 0, stop: ['x'] },
    });
    const { conversation } = created;
    const { messages } = await conversation.send('One').result;
    await conversation.regenerate().result;
    await conversation.edit(messages!.user, 'Uno').result;
    await library.change(owner, created.record.id, { head: messages!.assistant });
    const exported = JSON.parse(
      JSON.stringify(conversationView(await library.open(owner, created.record.id))),
    );
    const importer = `${owner}, another`;
    const [imported] = await library.import(importer, exported);
    const importedView = conversationView(imported!);
    expect(withoutIds(importedView)).toEqual(withoutIds(exported));
    const ids = [exported, importedView].flatMap((view) => [
      view.id,
      ...view.messages.map(({ id }: { id: string }) => id),
    ]);
    expect(new Set(ids).size).toBe(ids.length);
    expect((await library.list(importer)).map(({ title }) => title)).toEqual(['Mine']);
    const [laterLibrary, laterCompleter] = libraryOf('Far', 'Yes');
    laterCompleter.contextLength = 1000;
    const openedConversation = await laterLibrary.open(importer, importedView.id);
    expect(conversationView(openedConversation)).toEqual(importedView);
    await openedConversation.conversation.send('Two').result;
    await openedConversation.conversation.regenerate(importedView.messages.at(-1)!.id).result;
    expect(laterCompleter.prompts).toEqual(['<s>Be kind.|<u>One|<a>Hi|<u>Two|<a>', '<s>Be kind.|<u>Uno|<a>']);
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

  test('changeOwner moves stored and open conversations, and the settings that the new owner does not have', async () => {
    const newOwner = `${owner}, named`;
    const limits = { conversations: 2 };
    const library = new ConversationLibrary(new CharacterCompleter('Hi', 'Well'), { store, limits });
    const { record, conversation } = await library.create(owner);
    await library.create(newOwner);
    await library.create(`${owner}, another`);
    await store.set(owner, 'page', 'old');
    await store.set(owner, 'only', 'old');
    await store.set(newOwner, 'page', 'new');
    const turn = conversation.send('One').result;
    await library.changeOwner(owner, newOwner);
    await turn;
    const openedConversation = await library.open(newOwner, record.id);
    expect([openedConversation.conversation, openedConversation.record.owner]).toEqual([
      conversation,
      newOwner,
    ]);
    await expect(library.open(owner, record.id)).rejects.toMatchObject({ code: 'not_found' });
    await library.change(newOwner, record.id, { title: 'Mine' });
    expect((await store.load(newOwner, record.id))?.record.title).toBe('Mine');
    expect([await store.list(owner), (await store.list(newOwner)).length]).toEqual([[], 2]);
    expect([await store.setting(newOwner, 'page'), await store.setting(newOwner, 'only')]).toEqual([
      'new',
      'old',
    ]);
    expect(await store.setting(owner, 'page')).toBeUndefined();
    await expect(library.create(newOwner)).rejects.toMatchObject({ code: 'quota_exceeded' });
    await library.create(owner);
    await store.changeOwner('nobody', newOwner);
    expect(await store.list(newOwner)).toHaveLength(2);
  });

  test('the quotas for conversations and bytes are enforced', async () => {
    const limits = { conversations: 3, bytes: 200 };
    const library = new ConversationLibrary(new CharacterCompleter('Hi', 'x'.repeat(40)), { store, limits });
    const quotaError = { code: 'quota_exceeded', status: 403 };
    const { record, conversation } = await library.create(owner);
    await library.create(owner);
    await library.fork(owner, record.id);
    await expect(library.create(owner)).rejects.toMatchObject(quotaError);
    await expect(library.fork(owner, record.id)).rejects.toMatchObject(quotaError);
    await expect(library.import(owner, conversationView({ record, conversation }))).rejects.toMatchObject(
      quotaError,
    );
    await library.create(`${owner}, another`);
    await conversation.send('One').result;
    await expect(conversation.send('y'.repeat(70)).result).rejects.toMatchObject(quotaError);
    await conversation.send('Two').result; // an answer may exceed the quota
    const use = await store.use(owner);
    expect(use.conversations).toBe(3);
    expect(use.bytes).toBeGreaterThan(200);
    const laterLibrary = new ConversationLibrary(new CharacterCompleter(), { store, limits });
    const openedConversation = await laterLibrary.open(owner, record.id);
    await expect(openedConversation.conversation.send('Three').result).rejects.toMatchObject(quotaError);
    await laterLibrary.remove(owner, record.id);
    await laterLibrary.create(owner, { title: 'below the quota' });
  });
}

interface View {
  readonly head: string | null;
  readonly messages: readonly { readonly id: string; readonly parent: string | null }[];
}

/** Returns the view with the indexes of the messages in place of their ids. */
function withoutIds(view: View) {
  const indexOf = (id: string | null): number | null =>
    id === null ? null : view.messages.findIndex((message) => message.id === id);
  return {
    ...view,
    id: '',
    head: indexOf(view.head),
    messages: view.messages.map((message, index) => ({
      ...message,
      id: index,
      parent: indexOf(message.parent),
    })),
  };
}
