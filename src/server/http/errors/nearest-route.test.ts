import { expect, test } from 'vitest';
import { nearestRoute } from './nearest-route.ts';

const ROUTES = ['/', '/health', '/tokenize', '/v1/chat/completions', '/v1/completions', '/v1/models'];
const CHAT = '/v1/chat/completions';

test.each([
  ['/chat/completions', CHAT],
  ['/v1/chat/completions/', CHAT],
  ['//v1//chat/completions', CHAT],
  ['/v1/v1/chat/completions', CHAT],
  ['/api/chat/completions', CHAT],
  ['/v1/chat/completions/chat/completions', CHAT],
  ['/openai/v1/completions', '/v1/completions'],
  ['/models', '/v1/models'],
  ['/tokenize/', '/tokenize'],
  ['/v1/moderations', undefined],
  ['/assets/x.js', undefined],
])('nearestRoute of %s is %s', (path, suggestion) => {
  expect(nearestRoute(path, (url) => ROUTES.includes(url))).toBe(suggestion);
});
