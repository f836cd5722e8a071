// The meter reports code that blocks the event loop, and its CPU time does not include the load of other programs.

import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { EventLoopMeter } from './event-loop-meter.ts';

async function metricValue(registry: Registry, name: string, label = ''): Promise<number> {
  const lines = (await registry.metrics()).split('\n');
  const line = lines.find((text) => text.startsWith(`${name}${label} `));
  return Number(line?.split(' ').at(-1));
}

test('EventLoopMeter records the CPU time of the thread between two ticks', async () => {
  const registry = new Registry();
  const times = [0, 0.002, 0.302, 0.303];
  const meter = new EventLoopMeter(registry, () => (times.length > 1 ? times.shift() : times[0]));
  await expect
    .poll(() => metricValue(registry, 'quire_event_loop_turn_cpu_seconds_count'), { timeout: 10_000 })
    .toBeGreaterThanOrEqual(3);
  meter.stop();
  const countUpTo = (bound: string): Promise<number> =>
    metricValue(registry, 'quire_event_loop_turn_cpu_seconds_bucket', `{le="${bound}"}`);
  expect((await countUpTo('+Inf')) - (await countUpTo('0.2'))).toBe(1);
  expect(await countUpTo('0.5')).toBe(await countUpTo('+Inf'));
});

test('a blocked event loop raises the maximum delay', async () => {
  const registry = new Registry();
  const meter = new EventLoopMeter(registry);
  await sleep(50);
  const end = performance.now() + 120;
  while (performance.now() < end);
  await sleep(50);
  const maxDelay = await metricValue(registry, 'quire_event_loop_delay_seconds', '{quantile="1"}');
  expect(maxDelay).toBeGreaterThan(0.08);
  meter.stop();
});

test('EventLoopMeter records no CPU time on platforms that do not report it', async () => {
  const registry = new Registry();
  const meter = new EventLoopMeter(registry, () => undefined);
  await sleep(50);
  expect(await metricValue(registry, 'quire_event_loop_turn_cpu_seconds_count')).toBe(0);
  meter.stop();
});
