// Another program that locks a database of SQLite: a backup, somebody's browser of databases. A process of its own, since
// locks are between processes.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const PROGRAM = `
const Database = require('libsql');
const database = new Database(process.argv[1]);
process.stdin.on('data', (said) => {
  database.exec(String(said).trim());
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

  /** Nobody else can write from now on. */
  lock(): Promise<void> {
    return this.#run('begin immediate');
  }

  unlock(): Promise<void> {
    return this.#run('rollback');
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async #run(sql: string): Promise<void> {
    const done = once(this.#child.stdout!, 'data');
    this.#child.stdin!.write(`${sql}\n`);
    await done;
  }
}
