// Starts a temporary PostgreSQL server for a test on a free port of the loopback address. PostgreSQL cannot run as root, so root
// starts it as the system user `postgres`.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface PostgresServer {
  /** address of the form postgres://... */
  readonly address: string;
  /** Stops the server as `pg_ctl stop -m fast` does, which closes connections. */
  halt(): Promise<void>;
  /** Starts the server again after `halt`, at the same address. */
  start(): Promise<void>;
  /** Stops the server and deletes its data. */
  stop(): Promise<void>;
}

/** @param programs folder that contains initdb, postgres and pg_isready */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'quire-postgres-'));
  const user = await postgresUser();
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { ...user, cwd: folder };
  const initArguments = ['-D', data, '-U', 'quire', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
  await promisify(execFile)(join(programs, 'initdb'), initArguments, options);
  const port = await freePort();
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', '-k', folder];
  const spawnServer = (): ChildProcess =>
    spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
      ...options,
      stdio: 'ignore',
    });
  let server = spawnServer();
  const isReadyProgram = join(programs, 'pg_isready');
  await waitUntilReady(isReadyProgram, port);
  const halt = async (): Promise<void> => {
    const exitEvent = once(server, 'exit');
    server.kill('SIGINT');
    await exitEvent;
  };
  return {
    address: `postgres://quire@127.0.0.1:${port}/postgres`,
    halt,
    async start() {
      server = spawnServer();
      await waitUntilReady(isReadyProgram, port);
    },
    async stop() {
      if (server.exitCode === null) await halt();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function postgresUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const line = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  if (line === undefined) throw new Error('root cannot run PostgreSQL, and there is no user postgres');
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

async function waitUntilReady(isReadyProgram: string, port: number): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const check = promisify(execFile)(isReadyProgram, ['-h', '127.0.0.1', '-p', String(port)]);
    if (await check.then(() => true).catch(() => false)) return;
    await sleep(50);
  }
  throw new Error('PostgreSQL did not start');
}
