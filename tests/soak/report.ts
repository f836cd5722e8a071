// The result of a soak test: the requirements that were violated, and a table of the measurements.

import type { AttackCounts } from './attacker.ts';
import { percentile, thirds, type Watch } from './watch.ts';

export interface Tally {
  readonly name: string;
  /** the answers of a round without other load */
  readonly expected: readonly string[];
  rounds: number;
  /** rounds that were refused because the database was unavailable */
  unavailable: number;
  longestMs: number;
  readonly faults: string[];
}

export interface Figures {
  readonly database: string;
  readonly minutes: number;
  readonly tallies: readonly Tally[];
  readonly attacks: AttackCounts;
  /** outcomes of starting a second server on the same data */
  readonly owners: readonly string[];
  readonly watch: Watch;
  /** event-loop iterations: all, and those that used at most 50 ms of processor time */
  readonly turns: { readonly all: number; readonly within: number };
  readonly log: readonly string[];
  readonly end: { readonly alive: boolean; readonly code: number | null; readonly ms: number };
}

const HEALTH_MS = 300;
const MOST_GROWTH = 1.1;
const SHOWN_FAULTS = 5;

export function faultsOf(figures: Figures): string[] {
  const { tallies, owners, watch, turns, end } = figures;
  const faults: string[] = [];
  const need = (holds: boolean, what: string): void => {
    if (!holds) faults.push(what);
  };
  for (const { name, rounds, faults: found } of tallies) {
    need(rounds > 0, `${name}: no round was answered`);
    faults.push(...found.slice(0, SHOWN_FAULTS).map((fault) => `${name}: ${fault}`));
    need(found.length <= SHOWN_FAULTS, `${name}: ${found.length} faults in all`);
  }
  for (const owner of owners) need(/^(data_folder|database)_in_use$/.test(owner), `second server: ${owner}`);
  for (const status of new Set(watch.unhealthy)) faults.push(`/health: ${status}`);
  const [, second, last] = thirds(watch.residentBytes);
  need(last <= MOST_GROWTH * second, `memory grew from ${mebibytes(second)} to ${mebibytes(last)}`);
  need(turns.within >= 0.99 * turns.all, `turns of over 50 ms: ${turns.all - turns.within} of ${turns.all}`);
  // The time of the same request to an idle server is due to the machine, which all processes share.
  const machine = percentile(watch.controlMs, 0.99);
  const health = percentile(watch.healthMs, 0.99);
  need(
    health < HEALTH_MS + machine,
    `/health took ${health.toFixed(0)} ms, the machine ${machine.toFixed(0)}`,
  );
  for (const line of unexpectedLines(figures).slice(0, SHOWN_FAULTS)) faults.push(`log: ${line}`);
  need(end.alive, 'the server ended unexpectedly');
  need(end.code === 0 && end.ms < 15_000, `the server ended with ${end.code} after ${end.ms.toFixed(0)} ms`);
  return faults;
}

// Without restarts of its database a server logs nothing; with them it logs the calls that failed.
function unexpectedLines({ database, log }: Figures): string[] {
  const documented = database === 'PostgreSQL' ? /\bstorage_(unavailable|busy)\b/ : undefined;
  return log.filter((line) => line.trim() !== '' && documented?.test(line) !== true);
}

export function table(figures: Figures, faults: readonly string[]): string {
  const { database, minutes, tallies, attacks, owners, watch, turns, log, end } = figures;
  const shares = (values: readonly number[]): string =>
    [0.5, 0.99, 1].map((share) => percentile(values, share).toFixed(0)).join(' / ');
  const rows: readonly (readonly [string, string])[] = [
    ...tallies.map(({ name, rounds, unavailable, longestMs, faults: found }): [string, string] => [
      `client: ${name}`,
      `${rounds} rounds, ${unavailable} while the database was unavailable, ${found.length} faults, longest ${(longestMs / 1000).toFixed(1)} s`,
    ]),
    ...Object.entries(attacks).map(([name, counts]): [string, string] => [
      `attack: ${name}`,
      Object.entries(counts)
        .map(([what, times]) => `${what} x ${times}`)
        .join(', '),
    ]),
    ['second servers', [...new Set(owners)].join(', ')],
    ['memory, thirds', thirds(watch.residentBytes).map(mebibytes).join(', ')],
    ['turns of the event loop', `${turns.all}, ${turns.all - turns.within} over 50 ms of processor time`],
    ['/health, ms', `${shares(watch.healthMs)} (median / 99th percentile / longest)`],
    ['the machine alone, ms', shares(watch.controlMs)],
    ['lines of the log', String(log.length)],
    ['end', `code ${end.code} after ${end.ms.toFixed(0)} ms`],
    ...faults.map((fault): [string, string] => ['FAULT', fault]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
  return [`soak with ${database}, ${minutes} minutes`, ...lines].join('\n');
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
