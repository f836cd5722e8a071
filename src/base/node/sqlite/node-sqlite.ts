// SQLite by `node:sqlite`. Its calls are synchronous, so each database is opened by a worker thread.

import { Worker } from 'node:worker_threads';
import { PACKAGE_ROOT } from '../package-root.ts';
import { WorkerCalls } from '../worker-calls.ts';
import type { SqliteDatabase, SqliteStatement } from './sqlite-database.ts';
import type { SqliteCall } from './worker.ts';

// Node 20 cannot run TypeScript in a worker, so tests and tools that run from source use the compiled worker.
const workerUrl = new URL('dist/base/node/sqlite/worker.js', PACKAGE_ROOT);

export class NodeSqlite implements SqliteDatabase {
  readonly #calls: WorkerCalls<SqliteCall, Error>;

  private constructor(calls: WorkerCalls<SqliteCall, Error>) {
    this.#calls = calls;
  }

  /** Rejects if this version of Node.js has no `node:sqlite`, or with the error of SQLite. */
  static async open(path: string): Promise<NodeSqlite> {
    const worker = new Worker(workerUrl, { workerData: path, execArgv: [] });
    const database = new NodeSqlite(new WorkerCalls(worker, asError));
    try {
      await database.exec('');
      return database;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  exec(sql: string): Promise<unknown> {
    return this.#calls.call({ kind: 'exec', sql });
  }

  async prepare(sql: string): Promise<SqliteStatement> {
    const returnsRows = (await this.#calls.call({ kind: 'returnsRows', sql })) as boolean;
    return {
      returnsRows,
      all: async (parameters) => (await this.#calls.call({ kind: 'all', sql, parameters })) as unknown[],
      run: async (parameters) =>
        (await this.#calls.call({ kind: 'run', sql, parameters })) as { changes: number },
    };
  }

  async close(): Promise<void> {
    await this.#calls.call({ kind: 'close' }).catch(() => {}); // fails if nothing is open, or the thread has ended
    await this.#calls.end(new Error('the database is closed'));
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
