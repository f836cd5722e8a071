// A lock between processes: an exclusive lock of the operating system on a file, acquired through SQLite, which
// supports all platforms. The operating system releases the lock when the process ends, even if it crashes. A suspended
// process keeps the lock. No heartbeat or timeout is needed. tools/setup/lock.js is a second implementation, because it
// must work before dependencies are installed.

import { closeSync, openSync } from 'node:fs';
import { openSqliteDatabase } from './sqlite/open-sqlite-database.ts';
import type { SqliteDatabase } from './sqlite/sqlite-database.ts';

// The journal is never written. An in-memory journal creates no second file.
const ACQUIRE = 'pragma journal_mode = memory; begin exclusive';

export class ProcessLock {
  #database: SqliteDatabase | undefined;

  private constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  /**
   * Acquires the lock, or returns undefined while another owner, in this or another process, holds it. The empty file
   * at `path` must never be removed: two owners could then lock two different files. No other code of this process may
   * open the file, because closing it releases the locks that the process holds on it. Rejects with the error of the
   * file system or of SQLite when the file cannot be locked.
   * @param mode of the file, if it is created
   */
  static async tryAcquire(path: string, mode: number): Promise<ProcessLock | undefined> {
    createFile(path, mode);
    const database = await openSqliteDatabase(path);
    try {
      await database.exec(ACQUIRE);
      return new ProcessLock(database);
    } catch (error) {
      await database.close();
      if (isBusy(error)) return undefined;
      throw error instanceof Error ? Object.assign(error, { syscall: 'lock' }) : error;
    }
  }

  async release(): Promise<void> {
    const database = this.#database;
    if (database === undefined) return;
    this.#database = undefined;
    await database.exec('rollback');
    await database.close();
  }
}

// Synchronous, because `closeSync` would release a lock that other code of the process acquires in between.
function createFile(path: string, mode: number): void {
  try {
    closeSync(openSync(path, 'wx', mode));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
