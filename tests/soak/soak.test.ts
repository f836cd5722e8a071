// Well-behaved clients next to every attack that once blocked, exhausted or ended a server, for minutes: each answer is the
// one that the client gets alone, no well-behaved request is refused, and memory and event-loop delay stay within limits.
// Once with SQLite, once with a PostgreSQL that restarts every minute. Runs with QUIRE_FULL=1 or QUIRE_SOAK_MINUTES.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser } from '../page/chat-page.ts';
import { type PostgresServer, startPostgres } from '../support/chat/postgres.ts';
import { describeWith, needsChromium, needsPostgres } from '../support/needs.ts';
import { ServeProcess } from '../support/server/serve-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { AttackCounts } from './attacker.ts';
import { ATTACKS, keyOf } from './attacks.ts';
import { type HonestClient, honestClients, Refused, TurnFailed } from './honest-clients.ts';
import { type Figures, faultsOf, type Tally, table } from './report.ts';
import { turnsOf, Watch } from './watch.ts';

const MINUTES = Number(process.env.QUIRE_SOAK_MINUTES ?? 15); // for each database
const MINUTE_MS = 60_000;
const LONGEST_TURN_SECONDS = 0.05;
const OBSERVER = 'observer';

let browser: Browser | undefined;
let clients: HonestClient[];
let control: ChildProcess;
let controlUrl: string;

beforeAll(async () => {
  const chromium = needsChromium();
  if (chromium.available) browser = await launchBrowser(chromium.path);
  clients = honestClients(browser);
  control = spawn(process.execPath, [fileURLToPath(new URL('./plain-server.js', import.meta.url))]);
  controlUrl = String(await once(control.stdout!, 'data')).trim();
});

afterAll(async () => {
  control.kill();
  await browser?.close();
});

describe('a server with SQLite', () => {
  soak(async (folder) => ({ args: ['--data-dir', folder] }));
});

describeWith(needsPostgres(), 'a server with a PostgreSQL that restarts every minute', (programs) => {
  let postgres: PostgresServer;
  afterAll(() => postgres?.stop());
  soak(async (folder) => {
    postgres = await startPostgres(programs);
    const restart = async (): Promise<void> => {
      await postgres.halt();
      await sleep(1000);
      await postgres.start();
    };
    return { args: ['--data-dir', folder, '--database', postgres.address], restart };
  });
});

interface Database {
  /** for `quire serve` */
  readonly args: readonly string[];
  /** restarts the database every minute */
  readonly restart?: () => Promise<void>;
}

function soak(openDatabase: (folder: string) => Promise<Database>): void {
  const folder = temporaryFolder('soak');

  test(`serves well-behaved clients for ${MINUTES} minutes under attack`, {
    timeout: MINUTES * MINUTE_MS + 10 * MINUTE_MS,
  }, async () => {
    const database = await openDatabase(folder);
    const served = await ServeProcess.start([...database.args, ...apiKeys()]);
    const figures = await run(served, database);
    const faults = faultsOf(figures);
    console.log(table(figures, faults));
    expect(faults).toEqual([]);
  });
}

function apiKeys(): string[] {
  const keys = [...clients.map(({ key }) => key), ...ATTACKS.map(keyOf), OBSERVER];
  return keys.flatMap((key) => ['--api-key', key]);
}

async function run(served: ServeProcess, { args, restart }: Database): Promise<Figures> {
  const tallies: Tally[] = [];
  for (const client of clients) {
    const expected = await client.round(served.url);
    expect(await client.round(served.url)).toEqual(expected);
    tallies.push({ name: client.name, expected, rounds: 0, unavailable: 0, longestMs: 0, faults: [] });
  }
  const attacker = new Attacker(served.url);
  await attacker.begun; // memory is measured after the first round of each attack
  const before = await turnsOf(served, OBSERVER, LONGEST_TURN_SECONDS);
  const watch = new Watch(served, controlUrl);
  const until = Date.now() + MINUTES * MINUTE_MS;
  const asking = clients.map((client, i) => ask(client, served, tallies[i]!, until, restart !== undefined));
  const owners = await everyMinute(until, served, args, restart);
  await Promise.all(asking);
  const after = await turnsOf(served, OBSERVER, LONGEST_TURN_SECONDS);
  const attacks = await attacker.end();
  await watch.stop();
  const alive = served.running;
  const { code, ms } = await served.stop();
  return {
    database: restart === undefined ? 'SQLite' : 'PostgreSQL',
    minutes: MINUTES,
    tallies,
    attacks,
    owners,
    watch,
    turns: { all: after.all - before.all, within: after.within - before.within },
    log: served.log,
    end: { alive, code, ms },
  };
}

/** Repeats a client's round and compares its answers. */
async function ask(
  client: HonestClient,
  served: ServeProcess,
  tally: Tally,
  until: number,
  restarts: boolean,
): Promise<void> {
  while (Date.now() < until && served.running) {
    const started = performance.now();
    try {
      const answers = await client.round(served.url);
      tally.rounds++;
      for (const [i, answer] of answers.entries()) {
        if (answer === tally.expected[i]) continue;
        tally.faults.push(`another answer: ${answer} instead of ${tally.expected[i]}`);
      }
    } catch (error) {
      if (restarts && isDocumented(error)) tally.unavailable++;
      else tally.faults.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
      await sleep(500);
    }
    tally.longestMs = Math.max(tally.longestMs, performance.now() - started);
    await sleep(200);
  }
}

// While the database is unavailable, requests that need it are refused with 503, and the page shows a failed turn.
function isDocumented(error: unknown): boolean {
  if (error instanceof Refused) return ['storage_unavailable', 'storage_busy'].includes(error.code);
  return error instanceof TurnFailed;
}

/** Restarts the database, and tries to start a second server on the data of the first one. */
async function everyMinute(
  until: number,
  served: ServeProcess,
  args: readonly string[],
  restart: (() => Promise<void>) | undefined,
): Promise<readonly string[]> {
  const owners: string[] = [];
  while (Date.now() < until && served.running) {
    await sleep(Math.min(20_000, until - Date.now()));
    if (Date.now() >= until) break;
    owners.push(
      await ServeProcess.start(args).then(
        async (second) => {
          await second.stop();
          return 'a second server started';
        },
        (error: Error) => /\w+_in_use/.exec(error.message)?.[0] ?? error.message,
      ),
    );
    await sleep(Math.max(0, Math.min(MINUTE_MS - 20_000, until - Date.now())));
    if (Date.now() < until) await restart?.();
  }
  return owners;
}

class Attacker {
  /** resolves when each attack has completed its first round */
  readonly begun: Promise<void>;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = '';

  constructor(url: string) {
    const file = fileURLToPath(new URL('./attacker.ts', import.meta.url));
    const command = ['--import', import.meta.resolve('tsx'), file, url];
    this.#child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#closed = once(this.#child, 'close');
    this.begun = new Promise((resolve) => {
      this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        resolve();
      });
      this.#closed.then(() => resolve(), resolve);
    });
  }

  async end(): Promise<AttackCounts> {
    this.#child.stdin!.end();
    await this.#closed;
    if (this.#child.exitCode !== 0) throw new Error(`the attacker ended with ${this.#child.exitCode}`);
    return JSON.parse(this.#output.trim().split('\n').at(-1)!) as AttackCounts;
  }
}
