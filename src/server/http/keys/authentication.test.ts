import type { FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { bearerToken, requiresKey } from './authentication.ts';

test('reads the bearer token of an Authorization header', () => {
  expect(bearerToken('Bearer sk-x.y')).toBe('sk-x.y');
  expect(bearerToken('bearer  sk ')).toBe('sk');
  for (const other of [undefined, '', 'Bearer', 'Bearer ', 'Basic eDp5', 'Bearer a b']) {
    expect(bearerToken(other)).toBeUndefined();
  }
});

test('public routes and unknown paths require no key', () => {
  const required = (url: string | undefined, config: object) =>
    requiresKey({ routeOptions: { url, config } } as unknown as FastifyRequest);
  expect(required('/health', { public: true })).toBe(false);
  expect(required(undefined, {})).toBe(false);
  for (const url of ['/v1/models', '/health', '/', '/*', '/ws/chat']) expect(required(url, {})).toBe(true);
});
