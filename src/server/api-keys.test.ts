import { expect, test } from 'vitest';
import { asksForKey, bearerToken } from './api-keys.ts';

test('a bearer token is read as clients write it', () => {
  expect(bearerToken('Bearer sk-x.y')).toBe('sk-x.y');
  expect(bearerToken('bearer  sk ')).toBe('sk');
  for (const other of [undefined, '', 'Bearer', 'Bearer ', 'Basic eDp5', 'Bearer a b']) {
    expect(bearerToken(other)).toBeUndefined();
  }
});

test('static files, health, sockets and what is not there ask for no key', () => {
  for (const url of ['/', '/*', '/health', '/ws/chat', undefined]) expect(asksForKey(url)).toBe(false);
  for (const url of ['/v1/models', '/v1/models/*', '/metrics', '/healthy', '/ws']) {
    expect(asksForKey(url)).toBe(true);
  }
});
