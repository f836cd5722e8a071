// One owner at a time for something on disk, among all processes: an exclusive lock of the operating system on a file,
// as SQLite takes it on each of them. It ends with the process that has it, however that ends, and never before: a
// process that was stopped for an hour has it still. So nobody needs to guess from clocks whether an owner is alive.

import { closeSync, openSync } from 'node:fs';

/** What is used of `libsql/promise`. */
interface LockDatabase {
  exec(sql: string): Promise<unknown>;
  close(): void;
}

// The journal is never written; in memory it leaves no second file.
const TAKE = 'pragma journal_mode = memory; begin exclusive';

export class ProcessLock {
  #database: LockDatabase | undefined;

  private constructor(database: LockDatabase) {
    this.#database = database;
  }

  /**
   * Takes the lock, or gives undefined while another has it, in this process or in any other. The file at `path` stays
   * for ever, empty: who removed it would give the next two owners two files. Nothing else may open it in this
   * process, since closing a file ends the locks that a process has on it. Rejects with what the file system or
   * SQLite says where no lock can be.
   * @param mode of the file, where it is made here
   */
  static async take(path: string, mode: number): Promise<ProcessLock | undefined> {
    create(path, mode);
    const { default: Database } = await import('libsql/promise');
    const database: LockDatabase = new Database(path, {});
    try {
      await database.exec(TAKE);
      return new ProcessLock(database);
    } catch (error) {
      database.close();
      if (isBusy(error)) return undefined;
      throw error instanceof Error ? Object.assign(error, { syscall: 'lock' }) : error;
    }
  }

  async release(): Promise<void> {
    const database = this.#database;
    if (database === undefined) return;
    this.#database = undefined;
    await database.exec('rollback');
    database.close();
  }
}

// In one go, because a lock that another part of the process takes between the two would end with `closeSync`.
function create(path: string, mode: number): void {
  try {
    closeSync(openSync(path, 'wx', mode));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
