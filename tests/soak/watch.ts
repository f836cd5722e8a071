// Measures a server from another process during a soak test: its resident memory, and the response times of /health and of an
// idle server. The times of the idle server show the load of the machine.

import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServeProcess } from '../support/server/serve-process.ts';

const HEALTH_INTERVAL_MS = 100;
const MEMORY_INTERVAL_MS = 500;

export class Watch {
  readonly healthMs: number[] = [];
  readonly idleMs: number[] = [];
  readonly residentBytes: number[] = [];
  /** statuses and errors of /health other than 200 */
  readonly unhealthy: string[] = [];
  readonly #ended: Promise<unknown>;
  #stopped = false;

  /** @param idleUrl URL of a server that answers every request without work */
  constructor(served: ServeProcess, idleUrl: string) {
    this.#ended = Promise.all([this.#measureTimes(served, idleUrl), this.#measureMemory(served)]);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  // Sends both requests at the same time, each over a new connection, as a process monitor does.
  async #measureTimes(served: ServeProcess, idleUrl: string): Promise<void> {
    while (!this.#stopped) {
      const [health, idle] = await Promise.all([
        measureRequest(`${served.url}/health`),
        measureRequest(idleUrl),
      ]);
      this.healthMs.push(health.ms);
      this.idleMs.push(idle.ms);
      if (health.status !== 200) this.unhealthy.push(String(health.status));
      await sleep(HEALTH_INTERVAL_MS);
    }
  }

  async #measureMemory(served: ServeProcess): Promise<void> {
    while (!this.#stopped) {
      const bytes = served.residentBytes();
      if (bytes !== undefined) this.residentBytes.push(bytes);
      await sleep(MEMORY_INTERVAL_MS);
    }
  }
}

function measureRequest(url: string): Promise<{ readonly status: number | string; readonly ms: number }> {
  const started = performance.now();
  return new Promise((resolve) => {
    const ended = (status: number | string): void => resolve({ status, ms: performance.now() - started });
    request(url, { agent: false }, (response) => {
      response.resume();
      response.on('end', () => ended(response.statusCode ?? 0));
      response.on('error', (error) => ended(error.message));
    })
      .on('error', (error) => ended(error.message))
      .end();
  });
}

/** Returns a percentile. @param share 0.99 for the 99th percentile */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** Returns the mean of each third of the values. */
export function thirds(values: readonly number[]): readonly [number, number, number] {
  const size = Math.floor(values.length / 3);
  const mean = (start: number): number =>
    values.slice(start, start + size).reduce((sum, value) => sum + value, 0) / Math.max(1, size);
  return [mean(0), mean(size), mean(2 * size)];
}

const TURNS_METRIC = 'quire_event_loop_turn_cpu_seconds';

/**
 * Returns the number of event-loop turns so far, and how many of them used at most `seconds` of processor time.
 * @param seconds upper bound of a bucket of the histogram
 */
export async function eventLoopTurns(
  { url }: ServeProcess,
  key: string,
  seconds: number,
): Promise<{ readonly all: number; readonly withinLimit: number }> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const metrics = await response.text();
  const read = (name: string): number => {
    const line = metrics.split('\n').find((text) => text.startsWith(`${name} `));
    if (line === undefined) throw new Error(`/metrics has no ${name}`);
    return Number(line.split(' ')[1]);
  };
  return { all: read(`${TURNS_METRIC}_count`), withinLimit: read(`${TURNS_METRIC}_bucket{le="${seconds}"}`) };
}
