// Waits until a model has no request, for as long as one is given.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ModelMonitor } from '../completion/model-info.ts';

const LOOK_MS = 20;

/** Resolves when nothing runs or waits, and after `limitMs` in any case; at once where nobody counts. */
export async function whenIdle(monitor: ModelMonitor | undefined, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  while (monitor !== undefined && performance.now() < end) {
    const { running, waiting } = monitor.counters;
    if (running + waiting === 0) return;
    await sleep(LOOK_MS);
  }
}
