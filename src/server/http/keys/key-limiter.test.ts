import { expect, test } from 'vitest';
import type { KeyLimits } from './api-key.ts';
import { endLeaseAfter, KeyLimiter } from './key-limiter.ts';

let now = 1_000_000;

function limiter(limits: KeyLimits, capacity?: number): KeyLimiter {
  return new KeyLimiter({ limitsOf: () => limits, capacity: () => capacity, now: () => now });
}

const error = (properties: object) => expect.objectContaining(properties);

test('the request limit is separate for each key, and requests become available again at a constant rate', () => {
  const keys = limiter({ requestsPerMinute: 30 });
  for (let i = 0; i < 30; i++) keys.countRequest('a');
  expect(() => keys.countRequest('a')).toThrow(error({ code: 'rate_limit_exceeded', retrySeconds: 2 }));
  keys.countRequest('b');
  now += 2000;
  keys.countRequest('a');
  expect(() => keys.countRequest('a')).toThrow(/30 requests per minute/);
  now += 60_000;
  for (let i = 0; i < 30; i++) keys.countRequest('a');
});

test('tokens over the limit delay only the next requests of the same key', () => {
  const keys = limiter({ tokensPerMinute: 600 });
  const lease = keys.acquire('a', 1);
  lease.spend(500);
  keys.acquire('a', 1).end(); // 100 remain
  lease.spend(700);
  expect(() => keys.acquire('a', 1)).toThrow(error({ code: 'rate_limit_exceeded', retrySeconds: 61 }));
  keys.acquire('b', 1);
  now += 61_000;
  keys.acquire('a', 1);
});

test('answers count against the parallel limit until their lease ends; ending a lease twice has no effect', () => {
  const keys = limiter({ parallel: 3 });
  const leaseOfTwo = keys.acquire('a', 2);
  const leaseOfOne = keys.acquire('a', 1);
  expect(() => keys.acquire('a', 1)).toThrow(error({ code: 'busy' }));
  leaseOfOne.end();
  leaseOfOne.end();
  expect(() => keys.acquire('a', 2)).toThrow(error({ code: 'busy' }));
  leaseOfTwo.end();
  keys.acquire('a', 3);
  expect(() => keys.acquire('b', 4)).toThrow(error({ code: 'bad_option', option: 'n' }));
});

test('a key can occupy at most half of the slots that other keys leave free', () => {
  const keys = limiter({}, 12);
  const occupy = (key: string): number => {
    for (let occupied = 0; ; occupied++) {
      try {
        keys.acquire(key, 1);
      } catch {
        return occupied;
      }
    }
  };
  expect(occupy('first')).toBe(6);
  expect(occupy('second')).toBe(3);
  expect(occupy('third')).toBeGreaterThanOrEqual(1);
});

test('without limits every request is accepted', () => {
  const keys = limiter({});
  for (let i = 0; i < 1000; i++) {
    keys.countRequest('a');
    keys.acquire('a', 128).spend(1e9);
  }
});

test('endLeaseAfter ends a lease after its last answer, even if the answer failed', async () => {
  const keys = limiter({ parallel: 2, tokensPerMinute: 100 });
  endLeaseAfter(keys.acquire('a', 2), [Promise.resolve(30), Promise.reject(new Error('failed'))]);
  expect(() => keys.acquire('a', 1)).toThrow(error({ code: 'busy' }));
  await new Promise((resolve) => setImmediate(resolve));
  keys.acquire('a', 2).spend(71);
  expect(() => keys.acquire('a', 1)).toThrow(error({ code: 'rate_limit_exceeded' }));
});
