// Reports the result of a soak test: the violated requirements, and a table of the measurements.

import type { AttackCounts } from './attacker.ts';
import { percentile, thirds, type Watch } from './watch.ts';

/** The results of one well-behaved client. */
export interface ClientResult {
  readonly name: string;
  /** the answers of a round without other load */
  readonly expected: readonly string[];
  rounds: number;
  /** number of rounds that failed because the database was unavailable */
  unavailable: number;
  longestMs: number;
  readonly faults: string[];
}

/** The measurements of a soak test. */
export interface SoakResult {
  readonly database: string;
  readonly minutes: number;
  readonly clients: readonly ClientResult[];
  readonly attacks: AttackCounts;
  /** outcomes of starting a second server with the same data */
  readonly secondServers: readonly string[];
  readonly watch: Watch;
  /** number of event-loop turns: all, and those that used at most 50 ms of processor time */
  readonly eventLoopTurns: { readonly all: number; readonly withinLimit: number };
  readonly log: readonly string[];
  readonly end: { readonly wasRunning: boolean; readonly code: number | null; readonly ms: number };
}

const MAX_HEALTH_MS = 300;
const MAX_GROWTH = 1.1; // of the memory, from the second third of the test to the last third
const MAX_SHOWN_FAULTS = 5; // of each client

/** Returns a description of each violated requirement. */
export function faultsOf(result: SoakResult): string[] {
  const { clients, secondServers, watch, eventLoopTurns, end } = result;
  const faults: string[] = [];
  const requireThat = (isMet: boolean, fault: string): void => {
    if (!isMet) faults.push(fault);
  };
  for (const { name, rounds, faults: clientFaults } of clients) {
    requireThat(rounds > 0, `${name}: no round was completed`);
    faults.push(...clientFaults.slice(0, MAX_SHOWN_FAULTS).map((fault) => `${name}: ${fault}`));
    requireThat(clientFaults.length <= MAX_SHOWN_FAULTS, `${name}: ${clientFaults.length} faults in total`);
  }
  for (const outcome of secondServers) {
    requireThat(/^(data_folder|database)_in_use$/.test(outcome), `second server: ${outcome}`);
  }
  for (const status of new Set(watch.unhealthy)) faults.push(`/health: ${status}`);
  const [, second, last] = thirds(watch.residentBytes);
  requireThat(last <= MAX_GROWTH * second, `memory grew from ${mebibytes(second)} to ${mebibytes(last)}`);
  const longTurns = eventLoopTurns.all - eventLoopTurns.withinLimit;
  requireThat(
    longTurns <= 0.01 * eventLoopTurns.all,
    `event-loop turns of over 50 ms: ${longTurns} of ${eventLoopTurns.all}`,
  );
  // A request to an idle server takes this long because of the load of the machine, which all processes share.
  const idle = percentile(watch.idleMs, 0.99);
  const health = percentile(watch.healthMs, 0.99);
  requireThat(
    health < MAX_HEALTH_MS + idle,
    `/health took ${health.toFixed(0)} ms, an idle server ${idle.toFixed(0)} ms`,
  );
  for (const line of unexpectedLines(result).slice(0, MAX_SHOWN_FAULTS)) faults.push(`log: ${line}`);
  requireThat(end.wasRunning, 'the server ended unexpectedly');
  requireThat(
    end.code === 0 && end.ms < 15_000,
    `the server ended with code ${end.code} after ${end.ms.toFixed(0)} ms`,
  );
  return faults;
}

// Returns the log lines that are faults. A server logs nothing, except the failed calls when its database restarts.
function unexpectedLines({ database, log }: SoakResult): string[] {
  const documented = database === 'PostgreSQL' ? /\bstorage_(unavailable|busy)\b/ : undefined;
  return log.filter((line) => line.trim() !== '' && documented?.test(line) !== true);
}

/** Returns the measurements and the faults as a table. */
export function resultTable(result: SoakResult, faults: readonly string[]): string {
  const { database, minutes, clients, attacks, secondServers, watch, eventLoopTurns, log, end } = result;
  const percentiles = (values: readonly number[]): string =>
    [0.5, 0.99, 1].map((share) => percentile(values, share).toFixed(0)).join(' / ');
  const rows: readonly (readonly [string, string])[] = [
    ...clients.map(({ name, rounds, unavailable, longestMs, faults: clientFaults }): [string, string] => [
      `client: ${name}`,
      `${rounds} rounds, ${unavailable} while the database was unavailable, ${clientFaults.length} faults, longest ${(longestMs / 1000).toFixed(1)} s`,
    ]),
    ...Object.entries(attacks).map(([name, counts]): [string, string] => [
      `attack: ${name}`,
      Object.entries(counts)
        .map(([outcome, count]) => `${outcome} x ${count}`)
        .join(', '),
    ]),
    ['second servers', [...new Set(secondServers)].join(', ')],
    ['mean memory in each third of the test', thirds(watch.residentBytes).map(mebibytes).join(', ')],
    [
      'event-loop turns',
      `${eventLoopTurns.all}, ${eventLoopTurns.all - eventLoopTurns.withinLimit} over 50 ms of processor time`,
    ],
    ['/health, ms', `${percentiles(watch.healthMs)} (median / 99th percentile / longest)`],
    ['idle server, ms', percentiles(watch.idleMs)],
    ['log lines', String(log.length)],
    ['end', `code ${end.code} after ${end.ms.toFixed(0)} ms`],
    ...faults.map((fault): [string, string] => ['FAULT', fault]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
  return [`soak with ${database}, ${minutes} minutes`, ...lines].join('\n');
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
