// Measures for /metrics how long the event loop is blocked. Two metrics separate two causes. The delay of a timer also grows
// when other programs load the machine. The CPU time of the main thread between two timer ticks depends on this process alone.
// The latency goal of the server refers to the CPU time.

import { readFileSync } from 'node:fs';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import { Gauge, Histogram, type Registry } from 'prom-client';

const TICK_MS = 10;
const QUANTILES = [0.5, 0.9, 0.99];
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const NANOSECONDS_PER_SECOND = 1e9;

/** Returns the CPU time of this thread in seconds, or undefined on platforms that do not report it. */
export type ThreadClock = () => number | undefined;

/** Measures from construction until `stop`. */
export class EventLoopMeter {
  readonly #delays: IntervalHistogram;
  readonly #timer: NodeJS.Timeout;

  /** @param clock tests pass a simulated clock */
  constructor(registry: Registry, clock: ThreadClock = threadSeconds) {
    this.#delays = monitorEventLoopDelay({ resolution: TICK_MS });
    this.#delays.enable();
    delayGauge(registry, this.#delays);
    const cpuTime = new Histogram({
      name: 'quire_event_loop_turn_cpu_seconds',
      help: `CPU time of the main thread between two timer ticks of ${TICK_MS} ms, an upper bound of its longest task`,
      buckets: BUCKETS,
      registers: [registry],
    });
    let previous = clock();
    this.#timer = setInterval(() => {
      const now = clock();
      if (previous !== undefined && now !== undefined) cpuTime.observe(now - previous);
      previous = now;
    }, TICK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#delays.disable();
  }
}

function delayGauge(registry: Registry, delays: IntervalHistogram): void {
  const gauge = new Gauge({
    name: 'quire_event_loop_delay_seconds',
    help: `Delay of a ${TICK_MS} ms timer since the last scrape, by quantile; 1 is the maximum`,
    labelNames: ['quantile'],
    registers: [registry],
    collect: () => {
      for (const quantile of QUANTILES) {
        gauge.set({ quantile }, delaySeconds(delays.percentile(quantile * 100)));
      }
      gauge.set({ quantile: 1 }, delaySeconds(delays.max));
      delays.reset();
    },
  });
}

// A value of the monitor includes the interval itself, and is NaN before the first tick.
const delaySeconds = (nanoseconds: number): number =>
  Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / NANOSECONDS_PER_SECOND - TICK_MS / 1000) : 0;

interface ProcessWithThreadUsage {
  /** returns microseconds; only in Node 23.9 and later */
  readonly threadCpuUsage?: () => { readonly user: number; readonly system: number };
}

const threadSeconds: ThreadClock = () => {
  const { threadCpuUsage } = process as ProcessWithThreadUsage;
  if (threadCpuUsage !== undefined) {
    const { user, system } = threadCpuUsage.call(process);
    return (user + system) / 1e6;
  }
  return process.platform === 'linux' && isMainThread ? linuxThreadSeconds() : undefined;
};

// The first number of schedstat is the CPU time in nanoseconds. The thread id of the main thread is the process id.
function linuxThreadSeconds(): number | undefined {
  try {
    const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ');
    return Number(nanoseconds) / NANOSECONDS_PER_SECOND;
  } catch {
    return undefined;
  }
}
