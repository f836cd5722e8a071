import type { FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { bearerToken, requiresKey } from './authentication.ts';

test('bearerToken returns the token of an Authorization header, or undefined if the header has none', () => {
  expect(bearerToken('Bearer sk-x.y')).toBe('sk-x.y');
  expect(bearerToken('bearer  sk ')).toBe('sk');
  for (const invalid of [undefined, '', 'Bearer', 'Bearer ', 'Basic eDp5', 'Bearer a b']) {
    expect(bearerToken(invalid)).toBeUndefined();
  }
});

test('requiresKey is false for public routes and unknown paths', () => {
  const requiresKeyAt = (url: string | undefined, config: object) =>
    requiresKey({ routeOptions: { url, config } } as unknown as FastifyRequest);
  expect(requiresKeyAt('/health', { public: true })).toBe(false);
  expect(requiresKeyAt(undefined, {})).toBe(false);
  for (const url of ['/v1/models', '/health', '/', '/*', '/ws/chat'])
    expect(requiresKeyAt(url, {})).toBe(true);
});
