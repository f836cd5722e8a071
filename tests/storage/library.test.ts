// One test suite for both databases, SQLite and PostgreSQL: storing conversations, recovery after a crash, and access only
// by the owner of a conversation.

import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { QuireError } from '../../src/base/errors.ts';
import { ConversationLibrary } from '../../src/chat/conversation-library.ts';
import type { ConversationStore } from '../../src/chat/conversation-store.ts';
import { openPostgresStore } from '../../src/chat/storage/open-postgres.ts';
import { openStore } from '../../src/chat/storage/open-store.ts';
import { CharacterCompleter, textOf } from '../support/chat/character-completer.ts';
import { type PostgresServer, startPostgres } from '../support/chat/postgres.ts';
import { describeWith, needsPostgres } from '../support/needs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testPagesAndStrings } from './pages-and-strings.ts';

const folder = temporaryFolder('storage');

describe('SQLite', () => {
  testConversations(() => ({ dataDir: folder }));
  describe('lists and texts', () => testPagesAndStrings(() => ({ dataDir: join(folder, 'pages') })));

  test('openStore rejects a second store in the same folder until the first store is closed', async () => {
    const first = await openStore({ dataDir: join(folder, 'one') });
    await expect(openStore({ dataDir: join(folder, 'one') })).rejects.toMatchObject({
      code: 'data_folder_in_use',
    });
    await first.close();
    await (await openStore({ dataDir: join(folder, 'one') })).close();
  });

  test('openStore rejects a folder that cannot be created', async () => {
    await expect(openStore({ dataDir: '/dev/null/folder' })).rejects.toMatchObject({
      code: 'storage_failed',
      message: 'the data folder /dev/null/folder cannot be used (ENOTDIR)',
      hint: expect.stringContaining('--data-dir'),
    });
  });
});

describeWith(needsPostgres(), 'PostgreSQL', (programs) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres(programs);
  }, 60_000);
  afterAll(() => server.stop());

  describe('turns', () => testConversations(() => ({ dataDir: folder, database: server.address })));
  describe('lists and texts', () =>
    testPagesAndStrings(() => ({ dataDir: folder, database: server.address })));

  test('openPostgresStore rejects a server that cannot be reached, after a warning', async () => {
    const warnings: string[] = [];
    const onWarning = ({ code }: QuireError): number => warnings.push(code);
    const opening = openPostgresStore('postgres://quire@127.0.0.1:1/none', { startMs: 50, onWarning });
    await expect(opening).rejects.toMatchObject({ code: 'storage_unavailable', status: 503 });
    expect(warnings).toEqual(['storage_unavailable']);
  });
});

test('the error for an unsupported database does not contain its password', async () => {
  await expect(openStore({ dataDir: folder, database: 'mysql://me:secret@host/db' })).rejects.toMatchObject({
    code: 'bad_option',
    message: 'database is not a PostgreSQL address: mysql://...@host/db',
  });
});

function testConversations(address: () => { dataDir: string; database?: string }): void {
  let store: ConversationStore;
  let owner: string;
  let ownerCount = 0;
  beforeAll(async () => {
    store = await openStore(address());
  });
  beforeEach(() => {
    owner = `owner ${ownerCount++}`;
  });
  afterAll(() => store.close());

  const reopen = async (): Promise<void> => {
    await store.close();
    store = await openStore(address());
  };
  const libraryOf = (
    ...answers: ConstructorParameters<typeof CharacterCompleter>
  ): [ConversationLibrary, CharacterCompleter] => {
    const completer = new CharacterCompleter(...answers);
    return [new ConversationLibrary(completer, { store }), completer];
  };

  test('a conversation continues after a restart with the stored tokens', async () => {
    const [firstLibrary] = libraryOf('Hi', '你好 🌊');
    const { record, conversation } = await firstLibrary.create(owner, {
      system: 'Be kind.',
      sampling: { temperature: 0 },
    });
    await conversation.send('Hello').result;
    await conversation.send('再见').result;
    const history = conversation.tree.history(conversation.head);
    await reopen();
    const [laterLibrary, completer] = libraryOf('Bye');
    const openedConversation = await laterLibrary.open(owner, record.id);
    expect(openedConversation.record).toMatchObject({
      title: 'Hello',
      sampling: { temperature: 0 },
      system: 'Be kind.',
    });
    expect(openedConversation.conversation.tree.history(openedConversation.conversation.head)).toEqual(
      history,
    );
    expect(openedConversation.conversation.tree.nodes).toEqual(conversation.tree.nodes);
    await openedConversation.conversation.send('Go').result;
    expect(completer.prompts[0]).toBe(`${textOf(history.tokens)}<u>Go|<a>`);
  });

  test('a selected branch and a fork are stored', async () => {
    const [firstLibrary] = libraryOf('One', 'Two', 'Three');
    const { record, conversation } = await firstLibrary.create(owner, { title: 'Whole' });
    const first = await conversation.send('Hello').result;
    await conversation.edit(first.messages!.user, 'Bye').result;
    conversation.select(first.messages!.user);
    const fork = conversation.fork();
    expect((await firstLibrary.list(owner)).map(({ title }) => title)).toEqual(['Whole', 'Whole']);
    await fork.send('and on').result;
    expect(fork.messages.map(({ content }) => content)).toEqual(['Hello', 'One', 'and on', 'Three']);
    await firstLibrary.settle();
    await reopen();
    const [laterLibrary] = libraryOf();
    const allConversations = await laterLibrary.list(owner);
    const other = allConversations.find(({ id }) => id !== record.id)!;
    const texts = async (id: string): Promise<string[]> =>
      (await laterLibrary.open(owner, id)).conversation.messages.map(({ content }) => content);
    expect(await texts(record.id)).toEqual(['Hello', 'One']);
    expect(await texts(other.id)).toEqual(['Hello', 'One', 'and on', 'Three']);
    const { tree } = (await laterLibrary.open(owner, other.id)).conversation;
    expect(tree.nodes.map(({ content }) => content)).toEqual([
      'Hello',
      'One',
      'Bye',
      'Two',
      'and on',
      'Three',
    ]);
    expect(tree.nodes.some(({ id }) => conversation.tree.get(id) !== undefined)).toBe(false);
  });

  test('a fork that cannot be stored exists only in memory, and its next turn fails with the cause', async () => {
    const completer = new CharacterCompleter('One', 'Two');
    const limited = new ConversationLibrary(completer, { store, limits: { conversations: 1 } });
    const { conversation } = await limited.create(owner);
    await conversation.send('Hello').result;
    const fork = conversation.fork();
    expect(await limited.list(owner)).toHaveLength(1);
    await expect(fork.send('more').result).rejects.toMatchObject({ code: 'quota_exceeded' });
    expect((await conversation.send('more').result).text).toBe('Two');
    await limited.settle();
  });

  test('after a crash, an unfinished answer has the text that was stored so far and is marked as interrupted', async () => {
    let onStarted = (): void => {};
    const started = new Promise<void>((resolve) => {
      onStarted = resolve;
    });
    const [firstLibrary, completer] = libraryOf('Hi');
    const { record, conversation } = await firstLibrary.create(owner);
    await conversation.send('Hello').result;
    completer.completeTokens = () => {
      onStarted();
      return {
        accepted: Promise.resolve(),
        result: new Promise(() => {}),
        soFar: () => ({ text: 'Half', tokens: [...'Half'].map((character) => character.charCodeAt(0)) }),
        async *[Symbol.asyncIterator]() {},
      };
    };
    conversation.send('Two');
    await started;
    await new Promise((resolve) => setTimeout(resolve, 800));
    await reopen(); // the turn has not ended
    const [laterLibrary, laterCompleter] = libraryOf('Well');
    const openedConversation = await laterLibrary.open(owner, record.id);
    expect(openedConversation.conversation.messages.map(({ content }) => content)).toEqual([
      'Hello',
      'Hi',
      'Two',
      'Half',
    ]);
    expect(openedConversation.conversation.tree.get(openedConversation.conversation.head!)?.state).toBe(
      'interrupted',
    );
    await openedConversation.conversation.send('Three').result;
    expect(laterCompleter.prompts).toEqual(['<u>Hello|<a>Hi|<u>Two|<a>Half|<u>Three|<a>']);
  });

  test('a failed turn stores no messages', async () => {
    const [library] = libraryOf('Hi', new Error('lost'));
    const { record, conversation } = await library.create(owner);
    await conversation.send('One').result;
    await expect(conversation.send('Two').result).rejects.toThrow('lost');
    const storedConversation = await store.load(owner, record.id);
    expect(storedConversation?.messages.map(({ content }) => content)).toEqual(['One', 'Hi']);
    expect(storedConversation?.record.head).toBe(storedConversation?.messages[1]?.id);
  });

  test('the next message can be sent as soon as an answer ends or fails', async () => {
    const [library] = libraryOf('Hi', new Error('lost'), 'Well', 'Good');
    const { conversation } = await library.create(owner);
    const readAnswer = async (text: string): Promise<string> => {
      let answer = '';
      for await (const piece of conversation.send(text)) answer += piece;
      return answer;
    };
    expect(await readAnswer('One')).toBe('Hi');
    await expect(readAnswer('Two')).rejects.toThrow('lost');
    expect(await readAnswer('Three')).toBe('Well');
    for await (const _ of conversation.send('Four')) break;
    expect(conversation.busy).toBe(false);
  });

  test('branches and the selected head are stored', async () => {
    const [firstLibrary] = libraryOf('Hi', 'Hello', 'Well');
    const { record, conversation } = await firstLibrary.create(owner);
    const { messages } = await conversation.send('One').result;
    await conversation.regenerate().result;
    await firstLibrary.change(owner, record.id, { head: messages!.assistant });
    await reopen();
    const [laterLibrary] = libraryOf();
    const { conversation: reopened } = await laterLibrary.open(owner, record.id);
    expect(reopened.tree.nodes).toHaveLength(3);
    expect(reopened.messages.at(-1)?.content).toBe('Hi');
  });

  test('another owner can neither read nor change nor remove a conversation', async () => {
    const [library] = libraryOf('Hi');
    const { record, conversation } = await library.create(owner);
    await conversation.send('One').result;
    const notFound = { code: 'not_found' };
    await expect(library.open('another owner', record.id)).rejects.toMatchObject(notFound);
    await expect(library.change('another owner', record.id, { title: 'mine' })).rejects.toMatchObject(
      notFound,
    );
    await expect(library.remove('another owner', record.id)).rejects.toMatchObject(notFound);
    await expect(library.fork('another owner', record.id)).rejects.toMatchObject(notFound);
    expect(await library.list('another owner')).toEqual([]);
    expect(await store.update('another owner', record.id, { title: 'mine' })).toBe(false);
    expect((await library.open(owner, record.id)).record.title).toBe('One');
  });

  test('the owner can open a conversation while another owner is rejected', async () => {
    const [library] = libraryOf();
    const { record } = await library.create(owner);
    const [emptyLibrary] = libraryOf(); // has no open conversation
    const rejection = emptyLibrary.open('another owner', record.id).catch(({ code }) => code);
    const opening = emptyLibrary.open(owner, record.id);
    expect([await rejection, (await opening).record.id]).toEqual(['not_found', record.id]);
  });

  test('opening a conversation during its removal does not restore it', async () => {
    const [library] = libraryOf();
    for (const microtasks of [0, 1, 2, 3]) {
      const { record } = await library.create(owner);
      const removal = library.remove(owner, record.id);
      for (let i = 0; i < microtasks; i++) await Promise.resolve();
      const opening = library.open(owner, record.id).catch(() => undefined);
      await Promise.all([removal, opening]);
      await expect(library.open(owner, record.id)).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  test('conversations are listed in the order of their last change, and found by title and text', async () => {
    const [library] = libraryOf('Paris', 'A tidy ROOM', '50 % off');
    const ids: string[] = [];
    for (const text of ['Capital?', 'Room?', 'Price?']) {
      const { record, conversation } = await library.create(owner);
      await conversation.send(text).result;
      ids.push(record.id);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const titles = async (search?: string): Promise<string[]> =>
      (await library.list(owner, { search })).map(({ title }) => title);
    expect(await titles()).toEqual(['Price?', 'Room?', 'Capital?']);
    expect(await titles('room')).toEqual(['Room?']);
    expect(await titles('PARIS')).toEqual(['Capital?']);
    expect(await titles('50 %')).toEqual(['Price?']);
    expect(await titles('%')).toEqual(['Price?']);
    expect(await titles('_')).toEqual([]);
    expect((await library.list(owner, { limit: 1 })).map(({ id }) => id)).toEqual([ids[2]]);
    await library.change(owner, ids[0]!, { title: 'France' });
    expect(await titles('france')).toEqual(['France']);
    await library.remove(owner, ids[0]!);
    expect(await titles()).toEqual(['Price?', 'Room?']);
    await expect(library.open(owner, ids[0]!)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a fork copies the history, and later messages are stored separately', async () => {
    const [library, completer] = libraryOf('Hi', 'Well', 'Far');
    const { record, conversation } = await library.create(owner);
    const { messages } = await conversation.send('One').result;
    await conversation.send('Two').result;
    const fork = await library.fork(owner, record.id, messages!.assistant);
    await fork.conversation.send('Three').result;
    expect(completer.prompts.at(-1)).toBe('<u>One|<a>Hi|<u>Three|<a>');
    expect((await store.load(owner, fork.record.id))?.messages).toHaveLength(4);
    expect((await store.load(owner, record.id))?.messages).toHaveLength(4);
  });

  test('a library has one object per conversation, and a conversation runs one turn at a time', async () => {
    let resolveAnswer = (_: string): void => {};
    const pendingAnswer = new Promise<string>((resolve) => {
      resolveAnswer = resolve;
    });
    const [library] = libraryOf(pendingAnswer);
    const { record, conversation } = await library.create(owner);
    const other = await library.open(owner, record.id);
    expect(other.conversation).toBe(conversation);
    const first = conversation.send('One');
    await expect(other.conversation.send('Two').result).rejects.toMatchObject({ code: 'conversation_busy' });
    await expect(library.remove(owner, record.id)).rejects.toMatchObject({ code: 'conversation_busy' });
    resolveAnswer('Hi');
    await first.result;
    await library.remove(owner, record.id);
  });

  test('settings and keys are stored', async () => {
    expect(await store.setting(owner, 'page')).toBeUndefined();
    await store.set(owner, 'page', { language: 'zh' });
    await store.set(owner, 'page', { language: 'en' });
    await store.knowKey(owner);
    await store.knowKey(owner);
    await reopen();
    expect(await store.setting(owner, 'page')).toEqual({ language: 'en' });
  });

  test('texts with quotes are stored unchanged, and NUL and lone surrogates as U+FFFD', async () => {
    const [library] = libraryOf('ok', 'ok');
    const { record, conversation } = await library.create(owner, { title: "'; drop table messages; --" });
    const unusualText = 'quote \' " back\\slash \u{1F30A} nul \0 half \ud800 end';
    await conversation.send(unusualText).result;
    await reopen();
    const storedConversation = await store.load(owner, record.id);
    expect(storedConversation?.record.title).toBe("'; drop table messages; --");
    expect(storedConversation?.messages[0]?.content).toBe(
      unusualText.replace(/[\0\ud800](?![\udc00-\udfff])/g, '\ufffd'),
    );
  });
}
