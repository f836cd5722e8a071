import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolderForEachTest } from '../../../../tests/support/temporary-folder.ts';
import { openLibsql } from './libsql.ts';
import { isTruncatedElf } from './libsql-binary.ts';
import { NodeSqlite } from './node-sqlite.ts';
import { noSqliteError } from './open-sqlite-database.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

const folder = temporaryFolderForEachTest('sqlite');
const opened: SqliteDatabase[] = [];

afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
});

const hasNodeSqlite = process.getBuiltinModule('node:sqlite') !== undefined;
const OPENERS: [name: string, open: (path: string) => Promise<SqliteDatabase>][] = [['libsql', openLibsql]];
if (hasNodeSqlite) OPENERS.push(['node:sqlite', (path) => NodeSqlite.open(path)]);

describe.each(OPENERS)('%s', (_, openDatabase) => {
  const open = async (path = join(folder(), 'test.db')): Promise<SqliteDatabase> => {
    const database = await openDatabase(path);
    opened.push(database);
    return database;
  };

  it('runs statements, and returns rows and counts', async () => {
    const database = await open();
    await database.exec('create table t (id integer primary key, name text, data blob, x real)');
    const insert = await database.prepare('insert into t (name, data, x) values (?, ?, ?)');
    expect(insert.returnsRows).toBe(false);
    expect(await insert.run(['a', Buffer.from([1, 2]), 0.5])).toMatchObject({ changes: 1 });
    const select = await database.prepare('select id, name, data, x from t where name = ?');
    expect(select.returnsRows).toBe(true);
    const rows = (await select.all(['a'])) as { data: ArrayBuffer | Uint8Array }[];
    expect(rows).toMatchObject([{ id: 1, name: 'a', x: 0.5 }]);
    expect([...new Uint8Array(rows[0]!.data)]).toEqual([1, 2]);
    expect(await select.all(['b'])).toEqual([]);
    const returning = await database.prepare('update t set name = ? where id = ? returning name');
    expect(returning.returnsRows).toBe(true);
    expect(await returning.all(['c', 1])).toMatchObject([{ name: 'c' }]);
  });

  it('stores an empty blob, and not null', async () => {
    const database = await open();
    const select = await database.prepare('select typeof(?) as type');
    expect(await select.all([new Uint8Array(0)])).toEqual([{ type: 'blob' }]);
  });

  it('names the result code of an error', async () => {
    const [first, second] = [await open(), await open()];
    await first.exec('create table t (id integer primary key); begin exclusive');
    await expect(second.exec('begin immediate')).rejects.toMatchObject({
      code: expect.stringMatching(/^SQLITE_BUSY/),
    });
    await first.exec('rollback');
    await second.exec('begin immediate; rollback');
    await expect(first.exec('no sql')).rejects.toMatchObject({
      code: expect.stringMatching(/^SQLITE_ERROR/),
    });
    await expect(first.prepare('select nothing')).rejects.toThrow(/nothing/);
  });

  it('releases its locks when it is closed', async () => {
    const [first, second] = [await openDatabase(join(folder(), 'test.db')), await open()];
    await first.exec('pragma journal_mode = memory; begin exclusive');
    await expect(second.exec('begin exclusive')).rejects.toMatchObject({
      code: expect.stringMatching(/^SQLITE_BUSY/),
    });
    await first.close();
    await second.exec('begin exclusive; rollback');
  });

  it('rejects a folder', async () => {
    await expect(open(folder())).rejects.toThrow(/unable to open|directory/i);
  });
});

it('recognizes a truncated library for Linux', () => {
  const library = Buffer.alloc(4096);
  library.write('\x7fELF', 'latin1');
  library.writeBigUInt64LE(3968n, 0x28); // two section headers of 64 bytes
  library.writeUInt16LE(64, 0x3a);
  library.writeUInt16LE(2, 0x3c);
  const path = join(folder(), 'index.node');
  const isTruncated = (content: Uint8Array): boolean => {
    writeFileSync(path, content);
    return isTruncatedElf(path);
  };
  expect(isTruncated(library)).toBe(false);
  for (const size of [4095, 2048, 63, 4])
    expect(isTruncated(library.subarray(0, size)), `${size}`).toBe(true);
  expect(isTruncated(Buffer.from('MZ'))).toBe(false);
});

it('explains why there is no SQLite', async () => {
  if (!hasNodeSqlite) await expect(NodeSqlite.open(':memory:')).rejects.toThrow('node:sqlite');
  expect(noSqliteError('a reason').line).toMatch(
    /^sqlite_unavailable: there is no SQLite for .*: a reason; (install|unset)/,
  );
});
