// Runs well-behaved clients for minutes while all attacks are repeated. The clients must receive the same answers as without
// other load, none of their requests may be rejected, and memory and event-loop delay must stay within limits. One test uses
// SQLite, the other a PostgreSQL server that restarts every minute. Runs only with QUIRE_FULL=1 or QUIRE_SOAK_MINUTES.

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
import { type HonestClient, honestClients, RequestRejected, TurnFailed } from './honest-clients.ts';
import { type ClientResult, faultsOf, resultTable, type SoakResult } from './report.ts';
import { eventLoopTurns, Watch } from './watch.ts';

const MINUTES = Number(process.env.QUIRE_SOAK_MINUTES ?? 15); // for each database
const MINUTE_MS = 60_000;
const MAX_TURN_SECONDS = 0.05;
const OBSERVER = 'observer';

let browser: Browser | undefined;
let clients: HonestClient[];
let idleServer: ChildProcess;
let idleUrl: string;

beforeAll(async () => {
  const chromium = needsChromium();
  if (chromium.available) browser = await launchBrowser(chromium.path);
  clients = honestClients(browser);
  idleServer = spawn(process.execPath, [fileURLToPath(new URL('./plain-server.js', import.meta.url))]);
  idleUrl = String(await once(idleServer.stdout!, 'data')).trim();
});

afterAll(async () => {
  idleServer.kill();
  await browser?.close();
});

describe('a server with SQLite', () => {
  testUnderAttack(async (folder) => ({ args: ['--data-dir', folder] }));
});

describeWith(needsPostgres(), 'a server with a PostgreSQL server that restarts every minute', (programs) => {
  let postgres: PostgresServer;
  afterAll(() => postgres?.stop());
  testUnderAttack(async (folder) => {
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
  /** arguments of `quire serve` */
  readonly args: readonly string[];
  /** restarts the database; called every minute */
  readonly restart?: () => Promise<void>;
}

function testUnderAttack(openDatabase: (folder: string) => Promise<Database>): void {
  const folder = temporaryFolder('soak');

  test(`serves well-behaved clients for ${MINUTES} minutes under attack`, {
    timeout: MINUTES * MINUTE_MS + 10 * MINUTE_MS,
  }, async () => {
    const database = await openDatabase(folder);
    const served = await ServeProcess.start([...database.args, ...apiKeyArguments()]);
    const result = await runSoak(served, database);
    const faults = faultsOf(result);
    console.log(resultTable(result, faults));
    expect(faults).toEqual([]);
  });
}

function apiKeyArguments(): string[] {
  const keys = [...clients.map(({ key }) => key), ...ATTACKS.map(keyOf), OBSERVER];
  return keys.flatMap((key) => ['--api-key', key]);
}

async function runSoak(served: ServeProcess, { args, restart }: Database): Promise<SoakResult> {
  const results: ClientResult[] = [];
  for (const client of clients) {
    const expected = await client.round(served.url);
    expect(await client.round(served.url)).toEqual(expected);
    results.push({ name: client.name, expected, rounds: 0, unavailable: 0, longestMs: 0, faults: [] });
  }
  const attacker = new Attacker(served.url);
  await attacker.firstRound; // memory is measured after the first round of each attack
  const turnsBefore = await eventLoopTurns(served, OBSERVER, MAX_TURN_SECONDS);
  const watch = new Watch(served, idleUrl);
  const endTime = Date.now() + MINUTES * MINUTE_MS;
  const running = clients.map((client, i) =>
    repeatRounds(client, served, results[i]!, endTime, restart !== undefined),
  );
  const secondServers = await disturbEveryMinute(endTime, served, args, restart);
  await Promise.all(running);
  const turnsAfter = await eventLoopTurns(served, OBSERVER, MAX_TURN_SECONDS);
  const attacks = await attacker.end();
  await watch.stop();
  const wasRunning = served.running;
  const { code, ms } = await served.stop();
  return {
    database: restart === undefined ? 'SQLite' : 'PostgreSQL',
    minutes: MINUTES,
    clients: results,
    attacks,
    secondServers,
    watch,
    eventLoopTurns: {
      all: turnsAfter.all - turnsBefore.all,
      withinLimit: turnsAfter.withinLimit - turnsBefore.withinLimit,
    },
    log: served.log,
    end: { wasRunning, code, ms },
  };
}

/** Repeats the round of a client, and compares the answers with those of the first round. */
async function repeatRounds(
  client: HonestClient,
  served: ServeProcess,
  result: ClientResult,
  endTime: number,
  databaseRestarts: boolean,
): Promise<void> {
  while (Date.now() < endTime && served.running) {
    const started = performance.now();
    try {
      const answers = await client.round(served.url);
      result.rounds++;
      for (const [i, answer] of answers.entries()) {
        if (answer === result.expected[i]) continue;
        result.faults.push(`wrong answer: ${answer} instead of ${result.expected[i]}`);
      }
    } catch (error) {
      if (databaseRestarts && isDatabaseFailure(error)) result.unavailable++;
      else result.faults.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
      await sleep(500);
    }
    result.longestMs = Math.max(result.longestMs, performance.now() - started);
    await sleep(200);
  }
}

// Returns whether an error is expected while the database is unavailable: requests that need the database are rejected with
// 503, and turns fail on the page.
function isDatabaseFailure(error: unknown): boolean {
  if (error instanceof RequestRejected) return ['storage_unavailable', 'storage_busy'].includes(error.code);
  return error instanceof TurnFailed;
}

/** Every minute: tries to start a second server with the data of the first server, and restarts the database. */
async function disturbEveryMinute(
  endTime: number,
  served: ServeProcess,
  args: readonly string[],
  restart: (() => Promise<void>) | undefined,
): Promise<readonly string[]> {
  const outcomes: string[] = [];
  while (Date.now() < endTime && served.running) {
    await sleep(Math.min(20_000, endTime - Date.now()));
    if (Date.now() >= endTime) break;
    outcomes.push(
      await ServeProcess.start(args).then(
        async (secondServer) => {
          await secondServer.stop();
          return 'a second server started';
        },
        (error: Error) => /\w+_in_use/.exec(error.message)?.[0] ?? error.message,
      ),
    );
    await sleep(Math.max(0, Math.min(MINUTE_MS - 20_000, endTime - Date.now())));
    if (Date.now() < endTime) await restart?.();
  }
  return outcomes;
}

class Attacker {
  /** resolves when all attacks have completed their first round */
  readonly firstRound: Promise<void>;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = '';

  constructor(url: string) {
    const file = fileURLToPath(new URL('./attacker.ts', import.meta.url));
    const command = ['--import', import.meta.resolve('tsx'), file, url];
    this.#child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#closed = once(this.#child, 'close');
    this.firstRound = new Promise((resolve) => {
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
