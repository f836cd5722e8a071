import type { FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { bearerToken, requiresKey } from './authentication.ts';

test('a bearer token is read as clients write it', () => {
  expect(bearerToken('Bearer sk-x.y')).toBe('sk-x.y');
  expect(bearerToken('bearer  sk ')).toBe('sk');
  for (const other of [undefined, '', 'Bearer', 'Bearer ', 'Basic eDp5', 'Bearer a b']) {
    expect(bearerToken(other)).toBeUndefined();
  }
});

test('a route that is open, and what is not there, ask for no key', () => {
  const at = (url: string | undefined, config: object) =>
    requiresKey({ routeOptions: { url, config } } as unknown as FastifyRequest);
  expect(at('/health', { open: true })).toBe(false);
  expect(at(undefined, {})).toBe(false);
  for (const url of ['/v1/models', '/health', '/', '/*', '/ws/chat']) expect(at(url, {})).toBe(true);
});
