// The meter shows code that blocks the event loop, and not the load of other programs.

import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { EventLoopMeter } from './event-loop-meter.ts';

async function sampleOf(registry: Registry, name: string, label = ''): Promise<number> {
  const lines = (await registry.metrics()).split('\n');
  const line = lines.find((one) => one.startsWith(`${name}${label} `));
  return Number(line?.split(' ').at(-1));
}

test('records the CPU time of the thread between two ticks', async () => {
  const registry = new Registry();
  const times = [0, 0.002, 0.302, 0.303];
  const meter = new EventLoopMeter(registry, () => (times.length > 1 ? times.shift() : times[0]));
  await expect
    .poll(() => sampleOf(registry, 'quire_event_loop_turn_cpu_seconds_count'), { timeout: 10_000 })
    .toBeGreaterThanOrEqual(3);
  meter.stop();
  const within = (bound: string): Promise<number> =>
    sampleOf(registry, 'quire_event_loop_turn_cpu_seconds_bucket', `{le="${bound}"}`);
  expect((await within('+Inf')) - (await within('0.2'))).toBe(1);
  expect(await within('0.5')).toBe(await within('+Inf'));
});

test('a blocked event loop raises the maximum delay', async () => {
  const registry = new Registry();
  const meter = new EventLoopMeter(registry);
  await sleep(50);
  const until = performance.now() + 120;
  while (performance.now() < until);
  await sleep(50);
  const longest = await sampleOf(registry, 'quire_event_loop_delay_seconds', '{quantile="1"}');
  expect(longest).toBeGreaterThan(0.08);
  meter.stop();
});

test('records no CPU time on platforms that do not report it', async () => {
  const registry = new Registry();
  const meter = new EventLoopMeter(registry, () => undefined);
  await sleep(50);
  expect(await sampleOf(registry, 'quire_event_loop_turn_cpu_seconds_count')).toBe(0);
  meter.stop();
});
