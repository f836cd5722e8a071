// The connection to PostgreSQL is lost during each call, the database restarts, or another server acquires the lock of the
// store. The affected calls fail with a hint, and later calls succeed. Vitest fails this file for any unhandled rejection or
// error event.

import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConversationLibrary } from '../../src/chat/conversation-library.ts';
import type { ConversationRecord, ConversationStore } from '../../src/chat/conversation-store.ts';
import { openPostgresStore } from '../../src/chat/storage/open-postgres.ts';
import { CharacterCompleter } from '../support/chat/character-completer.ts';
import { type PostgresServer, startPostgres } from '../support/chat/postgres.ts';
import { conversationRecord, messageNode } from '../support/chat/records.ts';
import { describeWith, needsPostgres } from '../support/needs.ts';

const OWNER = 'me';
const TIMING = { connectMs: 5_000, statementMs: 20_000, lockMs: 20_000, idleMs: 20_000, graceMs: 20_000 };
const IN_USE = { code: 'database_in_use', status: 503 };

const recordOf = (id: string): ConversationRecord => conversationRecord({ id, owner: OWNER });

describeWith(needsPostgres(), 'PostgreSQL', (programs) => {
  let server: PostgresServer;
  let admin: pg.Client;
  let store: ConversationStore;
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client(server.address);
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  beforeAll(async () => {
    server = await startPostgres(programs);
    admin = await connect();
    store = await openPostgresStore(server.address, { timing: TIMING });
  }, 60_000);
  afterAll(async () => {
    await store.close();
    await admin.end().catch(() => {});
    await server.stop();
  });

  const CALLS: readonly [string, (id: string, storedId: string) => Promise<unknown>][] = [
    ['create', (id) => store.create(recordOf(id))],
    ['createAll', (id) => store.createAll([{ record: recordOf(id), messages: [] }])],
    ['load', (_id, storedId) => store.load(OWNER, storedId)],
    ['list', () => store.list(OWNER, { search: 'x' })],
    ['use', () => store.use(OWNER)],
    ['update', (_id, storedId) => store.update(OWNER, storedId, { title: 'x' })],
    ['remove', (_id, storedId) => store.remove(OWNER, storedId)],
    ['beginTurn', (id, storedId) => store.beginTurn(storedId, [messageNode(`u${id}`, undefined, 'user')])],
    [
      'progress',
      (_id, storedId) => store.progress([messageNode(`a${storedId}`, `u${storedId}`, 'assistant')]),
    ],
    [
      'endTurn',
      (_id, storedId) => store.endTurn(storedId, messageNode(`a${storedId}`, `u${storedId}`, 'assistant')),
    ],
    [
      'dropTurn',
      (_id, storedId) =>
        store.dropTurn(storedId, [messageNode(`a${storedId}`, `u${storedId}`, 'assistant')], undefined),
    ],
    ['setting', () => store.setting(OWNER, 'page')],
    ['set', () => store.set(OWNER, 'page', {})],
    ['changeOwner', (id) => store.changeOwner(id, OWNER)],
    ['knowKey', (id) => store.knowKey(id)],
  ];
  const createStored = async (): Promise<string> => {
    const storedId = crypto.randomUUID();
    const messages = [
      messageNode(`u${storedId}`, undefined, 'user'),
      messageNode(`a${storedId}`, `u${storedId}`, 'assistant'),
    ];
    await store.create(recordOf(storedId), messages);
    return storedId;
  };
  const TABLES = 'conversations, messages, settings, keys';

  test.each(CALLS)(
    '`%s` fails when an administrator terminates the connection, and succeeds when called again',
    async (_name, call) => {
      const storedId = await createStored();
      await admin.query(`begin; lock table ${TABLES} in access exclusive mode`);
      const failure = call(crypto.randomUUID(), storedId).catch((error: unknown) => error);
      const terminateWaiting = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'quire' and wait_event_type = 'Lock'`;
      await expect
        .poll(async () => (await admin.query(terminateWaiting)).rowCount, { timeout: 20_000 })
        .toBe(1);
      expect(await failure).toMatchObject({ code: 'storage_unavailable', status: 503 });
      await admin.query('rollback');
      await call(crypto.randomUUID(), storedId);
    },
  );

  test('calls wait for a locked table up to the time limit, and then fail', async () => {
    await store.close();
    store = await openPostgresStore(server.address, { timing: { ...TIMING, lockMs: 10 } });
    const storedId = await createStored();
    await admin.query(`begin; lock table ${TABLES} in access exclusive mode`);
    for (const [, call] of CALLS)
      await expect(call(crypto.randomUUID(), storedId)).rejects.toMatchObject({
        code: 'storage_busy',
        status: 503,
      });
    await admin.query('rollback');
    expect(await store.load(OWNER, storedId)).toBeDefined();
    await store.close();
    store = await openPostgresStore(server.address, { timing: TIMING });
  });

  test('calls fail during a restart of the database and succeed afterwards', async () => {
    const library = new ConversationLibrary(new CharacterCompleter('Hi', 'Well'), { store });
    const { record, conversation } = await library.create(OWNER);
    await conversation.send('One').result;
    await server.halt();
    for (const [, call] of CALLS)
      await expect(call(crypto.randomUUID(), record.id)).rejects.toMatchObject({
        code: 'storage_unavailable',
      });
    await expect(conversation.send('Two').result).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: 'the conversation database cannot be reached',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
    await server.start();
    admin = await connect();
    await conversation.send('Two').result;
    expect((await store.load(OWNER, record.id))?.messages).toHaveLength(4);
    await expect(openPostgresStore(server.address)).rejects.toMatchObject(IN_USE); // the first store has acquired its lock again
  }, 60_000);

  test('opening the store waits for a database that starts later', async () => {
    await store.close();
    await server.halt();
    const opening = openPostgresStore(server.address, { startMs: 60_000 });
    await server.start();
    admin = await connect();
    store = await opening;
    expect(await store.list('unknown')).toEqual([]);
  }, 60_000);

  test('openPostgresStore rejects a second store until the first store is closed', async () => {
    await expect(openPostgresStore(server.address)).rejects.toMatchObject(IN_USE);
    await store.close();
    store = await openPostgresStore(server.address);
  });

  test('a store that lost its lock to another connection writes nothing until the lock is free', async () => {
    const storedId = await createStored();
    const other = await connect();
    const locks = await admin.query(
      "select pid, classid, objid from pg_locks where locktype = 'advisory' and granted",
    );
    const { pid, classid, objid } = locks.rows[0] as { pid: number; classid: number; objid: string };
    const acquired = other.query(`select pg_advisory_lock(${classid}, ${Number(objid) | 0})`); // waits for the lock
    const waitingLocks = "select 1 from pg_locks where locktype = 'advisory' and not granted";
    await expect.poll(async () => (await admin.query(waitingLocks)).rowCount).toBe(1);
    await admin.query('select pg_terminate_backend($1)', [pid]);
    await acquired;
    const write = (): Promise<boolean> => store.update(OWNER, storedId, { title: 'x' });
    await expect.poll(() => write().catch(({ code }) => code), { timeout: 20_000 }).toBe('database_in_use');
    expect(await store.load(OWNER, storedId)).toBeDefined();
    await other.end();
    await expect.poll(() => write().catch(({ code }) => code), { timeout: 20_000 }).toBe(true);
  });

  test('a store whose token another server has replaced cannot write', async () => {
    const storedId = await createStored();
    await admin.query("update server set token = 'another'");
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(
        store.endTurn(storedId, messageNode(`a${storedId}`, `u${storedId}`, 'assistant')),
      ).rejects.toMatchObject(IN_USE);
    const storedConversation = await store.load(OWNER, storedId);
    expect(storedConversation?.messages[1]?.state).toBe('running');
    await store.close();
    store = await openPostgresStore(server.address);
    expect((await store.load(OWNER, storedId))?.messages[1]?.state).toBe('interrupted');
  });

  test('the details of a rejected login are in the log line and contain no password', async () => {
    const { host } = new URL(server.address);
    for (const address of [`postgres://nobody:secret@${host}/postgres`, `postgres://quire@${host}/nowhere`]) {
      const error = await openPostgresStore(address).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'storage_failed', message: 'the database failed' });
      expect(error).toMatchObject({ detail: expect.stringMatching(/does not exist/) });
      expect((error as { fullLine: string }).fullLine).not.toContain('secret');
    }
  });
});
