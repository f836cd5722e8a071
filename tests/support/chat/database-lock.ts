// Locks an SQLite database from another process, as a backup or a database browser does. A separate process is needed because
// SQLite locks have no effect within a process.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const PROGRAM = `
const Database = require('libsql');
const database = new Database(process.argv[1]);
process.stdin.on('data', (command) => {
  database.exec(String(command).trim());
  process.stdout.write('done\\n');
});
process.stdout.write('ready\\n');
`;

export class DatabaseLock {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(path: string): Promise<DatabaseLock> {
    const child = spawn(process.execPath, ['-e', PROGRAM, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout!, 'data');
    return new DatabaseLock(child);
  }

  /** Acquires a lock that blocks writes of other processes. */
  acquire(): Promise<void> {
    return this.#run('begin immediate');
  }

  release(): Promise<void> {
    return this.#run('rollback');
  }

  async end(): Promise<void> {
    const closeEvent = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closeEvent;
  }

  async #run(sql: string): Promise<void> {
    const dataEvent = once(this.#child.stdout!, 'data');
    this.#child.stdin!.write(`${sql}\n`);
    await dataEvent;
  }
}
