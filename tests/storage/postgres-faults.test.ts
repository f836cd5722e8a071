// PostgreSQL disconnects and restarts: during every call, at the start, permanently. The affected calls fail with a hint,
// later ones succeed. Vitest fails this file for any unhandled rejection or error event.

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

  const CALLS: readonly [string, (id: string, old: string) => Promise<unknown>][] = [
    ['create', (id) => store.create(recordOf(id))],
    ['createAll', (id) => store.createAll([{ record: recordOf(id), messages: [] }])],
    ['load', (_id, old) => store.load(OWNER, old)],
    ['list', () => store.list(OWNER, { search: 'x' })],
    ['use', () => store.use(OWNER)],
    ['update', (_id, old) => store.update(OWNER, old, { title: 'x' })],
    ['remove', (_id, old) => store.remove(OWNER, old)],
    ['beginTurn', (id, old) => store.beginTurn(old, [messageNode(`u${id}`, undefined, 'user')])],
    ['progress', (_id, old) => store.progress([messageNode(`a${old}`, `u${old}`, 'assistant')])],
    ['endTurn', (_id, old) => store.endTurn(old, messageNode(`a${old}`, `u${old}`, 'assistant'))],
    [
      'dropTurn',
      (_id, old) => store.dropTurn(old, [messageNode(`a${old}`, `u${old}`, 'assistant')], undefined),
    ],
    ['setting', () => store.setting(OWNER, 'page')],
    ['set', () => store.set(OWNER, 'page', {})],
    ['changeOwner', (id) => store.changeOwner(id, OWNER)],
    ['knowKey', (id) => store.knowKey(id)],
  ];
  const prepare = async (): Promise<string> => {
    const old = crypto.randomUUID();
    const messages = [
      messageNode(`u${old}`, undefined, 'user'),
      messageNode(`a${old}`, `u${old}`, 'assistant'),
    ];
    await store.create(recordOf(old), messages);
    return old;
  };
  const TABLES = 'conversations, messages, settings, keys';

  test.each(CALLS)(
    '%s fails when an administrator terminates its backend, and succeeds the next time',
    async (_name, call) => {
      const old = await prepare();
      await admin.query(`begin; lock table ${TABLES} in access exclusive mode`);
      const failed = call(crypto.randomUUID(), old).catch((error: unknown) => error);
      const waiting = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'quire' and wait_event_type = 'Lock'`;
      await expect.poll(async () => (await admin.query(waiting)).rowCount, { timeout: 20_000 }).toBe(1);
      expect(await failed).toMatchObject({ code: 'storage_unavailable', status: 503 });
      await admin.query('rollback');
      await call(crypto.randomUUID(), old);
    },
  );

  test('calls wait for a locked table until a time limit', async () => {
    await store.close();
    store = await openPostgresStore(server.address, { timing: { ...TIMING, lockMs: 10 } });
    const old = await prepare();
    await admin.query(`begin; lock table ${TABLES} in access exclusive mode`);
    for (const [, call] of CALLS)
      await expect(call(crypto.randomUUID(), old)).rejects.toMatchObject({
        code: 'storage_busy',
        status: 503,
      });
    await admin.query('rollback');
    expect(await store.load(OWNER, old)).toBeDefined();
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
    await expect(openPostgresStore(server.address)).rejects.toMatchObject(IN_USE); // the lock was acquired again
  }, 60_000);

  test('opening the store waits for a database that starts later', async () => {
    await store.close();
    await server.halt();
    const opened = openPostgresStore(server.address, { startMs: 60_000 });
    await server.start();
    admin = await connect();
    store = await opened;
    expect(await store.list('unknown')).toEqual([]);
  }, 60_000);

  test('a second server is refused until the first one has closed the store', async () => {
    await expect(openPostgresStore(server.address)).rejects.toMatchObject(IN_USE);
    await store.close();
    store = await openPostgresStore(server.address);
  });

  test('a server that lost its lock to another one writes nothing until the lock is free', async () => {
    const old = await prepare();
    const other = await connect();
    const named = await admin.query(
      "select pid, classid, objid from pg_locks where locktype = 'advisory' and granted",
    );
    const { pid, classid, objid } = named.rows[0] as { pid: number; classid: number; objid: string };
    const taken = other.query(`select pg_advisory_lock(${classid}, ${Number(objid) | 0})`); // waits in the queue
    const queued = "select 1 from pg_locks where locktype = 'advisory' and not granted";
    await expect.poll(async () => (await admin.query(queued)).rowCount).toBe(1);
    await admin.query('select pg_terminate_backend($1)', [pid]);
    await taken;
    const write = (): Promise<boolean> => store.update(OWNER, old, { title: 'x' });
    await expect.poll(() => write().catch(({ code }) => code), { timeout: 20_000 }).toBe('database_in_use');
    expect(await store.load(OWNER, old)).toBeDefined();
    await other.end();
    await expect.poll(() => write().catch(({ code }) => code), { timeout: 20_000 }).toBe(true);
  });

  test('a server that was replaced without noticing cannot write', async () => {
    const old = await prepare();
    await admin.query("update server set token = 'another'");
    for (let tries = 0; tries < 2; tries++)
      await expect(store.endTurn(old, messageNode(`a${old}`, `u${old}`, 'assistant'))).rejects.toMatchObject(
        IN_USE,
      );
    const stored = await store.load(OWNER, old);
    expect(stored?.messages[1]?.state).toBe('running');
    await store.close();
    store = await openPostgresStore(server.address);
    expect((await store.load(OWNER, old))?.messages[1]?.state).toBe('interrupted');
  });

  test('the details of a refused login are for the log and contain no password', async () => {
    const { host } = new URL(server.address);
    for (const address of [`postgres://nobody:secret@${host}/postgres`, `postgres://quire@${host}/nowhere`]) {
      const error = await openPostgresStore(address).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'storage_failed', message: 'the database failed' });
      expect(error).toMatchObject({ detail: expect.stringMatching(/does not exist/) });
      expect((error as { fullLine: string }).fullLine).not.toContain('secret');
    }
  });
});
