// Measures a server from outside during a soak test: the response time of /health, next to that of an idle server, which
// shows the load of the machine; and the resident memory.

import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServeProcess } from '../support/server/serve-process.ts';

const HEALTH_EVERY_MS = 100;
const MEMORY_EVERY_MS = 500;

export class Watch {
  readonly healthMs: number[] = [];
  readonly controlMs: number[] = [];
  readonly residentBytes: number[] = [];
  /** answers of /health that were not 200 */
  readonly unhealthy: string[] = [];
  readonly #ended: Promise<unknown>;
  #stopped = false;

  /** @param control address of a server that answers every request at once */
  constructor(served: ServeProcess, control: string) {
    this.#ended = Promise.all([this.#askBoth(served, control), this.#measureMemory(served)]);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  // Both at the same time, each over a new connection, as a supervisor does.
  async #askBoth(served: ServeProcess, control: string): Promise<void> {
    while (!this.#stopped) {
      const [health, idle] = await Promise.all([timed(`${served.url}/health`), timed(control)]);
      this.healthMs.push(health.ms);
      this.controlMs.push(idle.ms);
      if (health.status !== 200) this.unhealthy.push(String(health.status));
      await sleep(HEALTH_EVERY_MS);
    }
  }

  async #measureMemory(served: ServeProcess): Promise<void> {
    while (!this.#stopped) {
      const bytes = served.residentBytes();
      if (bytes !== undefined) this.residentBytes.push(bytes);
      await sleep(MEMORY_EVERY_MS);
    }
  }
}

function timed(url: string): Promise<{ readonly status: number | string; readonly ms: number }> {
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

/** @param share 0.99 for the 99th percentile */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

/** Returns the mean of each third. */
export function thirds(values: readonly number[]): readonly [number, number, number] {
  const size = Math.floor(values.length / 3);
  const mean = (from: number): number =>
    values.slice(from, from + size).reduce((sum, value) => sum + value, 0) / Math.max(1, size);
  return [mean(0), mean(size), mean(2 * size)];
}

const TURNS = 'quire_event_loop_turn_cpu_seconds';

/** Returns the number of event-loop turns, and of those that used at most `seconds`, a bound of a histogram bucket. */
export async function turnsOf(
  { url }: ServeProcess,
  key: string,
  seconds: number,
): Promise<{ readonly all: number; readonly within: number }> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const text = await response.text();
  const read = (name: string): number => {
    const line = text.split('\n').find((one) => one.startsWith(`${name} `));
    if (line === undefined) throw new Error(`/metrics has no ${name}`);
    return Number(line.split(' ')[1]);
  };
  return { all: read(`${TURNS}_count`), within: read(`${TURNS}_bucket{le="${seconds}"}`) };
}
