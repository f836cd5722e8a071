import { expect, test } from 'vitest';
import type { KeyLimits } from './api-key.ts';
import { endLeaseAfter, KeyLimiter } from './key-limiter.ts';

let now = 1_000_000;

function limiter(limits: KeyLimits, places?: number): KeyLimiter {
  return new KeyLimiter({ limitsOf: () => limits, capacity: () => places, now: () => now });
}

const refused = (what: object) => expect.objectContaining(what);

test('requests a minute come back evenly, and each key has its own', () => {
  const keys = limiter({ requestsPerMinute: 30 });
  for (let i = 0; i < 30; i++) keys.countRequest('a');
  expect(() => keys.countRequest('a')).toThrow(refused({ code: 'rate_limit_exceeded', retrySeconds: 2 }));
  keys.countRequest('b');
  now += 2000;
  keys.countRequest('a');
  expect(() => keys.countRequest('a')).toThrow(/30 requests a minute/);
  now += 60_000;
  for (let i = 0; i < 30; i++) keys.countRequest('a');
});

test('tokens are a debt that is waited for', () => {
  const keys = limiter({ tokensPerMinute: 600 });
  const lease = keys.acquire('a', 1);
  lease.spend(500);
  keys.acquire('a', 1).end(); // 100 are left
  lease.spend(700);
  expect(() => keys.acquire('a', 1)).toThrow(refused({ code: 'rate_limit_exceeded', retrySeconds: 61 }));
  keys.acquire('b', 1);
  now += 61_000;
  keys.acquire('a', 1);
});

test('answers at once are counted until they end, and end once', () => {
  const keys = limiter({ parallel: 3 });
  const two = keys.acquire('a', 2);
  const one = keys.acquire('a', 1);
  expect(() => keys.acquire('a', 1)).toThrow(refused({ code: 'busy' }));
  one.end();
  one.end();
  expect(() => keys.acquire('a', 2)).toThrow(refused({ code: 'busy' }));
  two.end();
  keys.acquire('a', 3);
  expect(() => keys.acquire('b', 4)).toThrow(refused({ code: 'bad_option', option: 'n' }));
});

test('one key takes at most as many places as it leaves, however many there are', () => {
  const keys = limiter({}, 12);
  const take = (key: string): number => {
    for (let taken = 0; ; taken++) {
      try {
        keys.acquire(key, 1);
      } catch {
        return taken;
      }
    }
  };
  expect(take('greedy')).toBe(6);
  expect(take('second')).toBe(3);
  expect(take('third')).toBeGreaterThanOrEqual(1);
});

test('without limits nothing is refused', () => {
  const keys = limiter({});
  for (let i = 0; i < 1000; i++) {
    keys.countRequest('a');
    keys.acquire('a', 128).spend(1e9);
  }
});

test('a lease ends with the last of its answers, however they end', async () => {
  const keys = limiter({ parallel: 2, tokensPerMinute: 100 });
  endLeaseAfter(keys.acquire('a', 2), [Promise.resolve(30), Promise.reject(new Error('failed'))]);
  expect(() => keys.acquire('a', 1)).toThrow(refused({ code: 'busy' }));
  await new Promise((resolve) => setImmediate(resolve));
  keys.acquire('a', 2).spend(71);
  expect(() => keys.acquire('a', 1)).toThrow(refused({ code: 'rate_limit_exceeded' }));
});
