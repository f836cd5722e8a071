import { expect, test } from 'vitest';
import { isLoopbackName, mayConnect } from './origin-check.ts';

const HOST = '127.0.0.1:7847';
const facts = (origin: string | undefined, host: string | undefined = HOST, loopback = true) => ({
  origin,
  host,
  loopback,
  allowed: ['https://chat.example'],
});

test.each([
  [undefined, HOST],
  [`http://${HOST}`, HOST],
  ['http://localhost:7847', 'localhost:7847'],
  ['http://[::1]:7847', '[::1]:7847'],
  ['http://LOCALHOST:7847', 'localhost:7847'],
  ['http://localhost', 'localhost'],
  ['https://chat.example', HOST],
  ['https://chat.example:443', HOST],
])('origin %s at host %s may connect', (origin, host) => {
  expect(mayConnect(facts(origin, host))).toBe(true);
});

test.each([
  ['http://evil.example', HOST],
  ['http://127.0.0.1:3000', HOST],
  ['http://localhost:7847', HOST],
  ['null', HOST],
  ['file://', HOST],
  ['', HOST],
  ['not an origin', HOST],
  ['http://127.0.0.1.evil.example:7847', '127.0.0.1.evil.example:7847'],
  ['http://chat.example', HOST],
  // DNS rebinding: the foreign name resolves to this machine, so both headers carry it.
  ['http://evil.example:7847', 'evil.example:7847'],
])('origin %s at host %s is refused', (origin, host) => {
  expect(mayConnect(facts(origin, host))).toBe(false);
});

test('a browser without a Host header is refused', () => {
  expect(mayConnect({ origin: `http://${HOST}`, host: undefined, loopback: true, allowed: [] })).toBe(false);
});

test('on a public address the own name is enough', () => {
  expect(mayConnect(facts('http://quire.lan:7847', 'quire.lan:7847', false))).toBe(true);
  expect(mayConnect(facts('http://evil.example', 'quire.lan:7847', false))).toBe(false);
});

test('loopback names', () => {
  expect(['localhost', 'a.localhost', '127.9.0.1', '::1', '[::1]'].every(isLoopbackName)).toBe(true);
  expect(['0.0.0.0', 'localhost.evil.example', '10.0.0.1', '127.0.0.1.x'].some(isLoopbackName)).toBe(false);
});
