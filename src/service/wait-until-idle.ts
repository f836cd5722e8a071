// Waits until a model has no requests.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelMonitor } from '../completion/model-info.ts';

const POLL_MS = 20;

/** Resolves when no request runs or waits, or after `limitMs`. Without a monitor it resolves immediately. */
export async function waitUntilIdle(monitor: ModelMonitor | undefined, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  while (monitor !== undefined && performance.now() < end) {
    const { running, waiting } = monitor.counters;
    if (running + waiting === 0) return;
    await sleep(POLL_MS);
  }
}
