import { expect, test } from 'vitest';
import { isLoopbackName, isOriginAllowed, parseAllowedOrigin } from './origin-rules.ts';

const HOST = '127.0.0.1:7847';
const originRequest = (origin: string | undefined, host: string | undefined = HOST, loopback = true) => ({
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
])('isOriginAllowed allows origin %s at host %s', (origin, host) => {
  expect(isOriginAllowed(originRequest(origin, host))).toBe(true);
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
  // DNS rebinding: the foreign name resolves to this machine, so Origin and Host both contain that name.
  ['http://evil.example:7847', 'evil.example:7847'],
])('isOriginAllowed rejects origin %s at host %s', (origin, host) => {
  expect(isOriginAllowed(originRequest(origin, host))).toBe(false);
});

test('isOriginAllowed rejects an Origin header without a Host header', () => {
  expect(isOriginAllowed({ origin: `http://${HOST}`, host: undefined, loopback: true, allowed: [] })).toBe(
    false,
  );
});

test('on a public address, isOriginAllowed allows any host name that is equal to Host', () => {
  expect(isOriginAllowed(originRequest('http://quire.lan:7847', 'quire.lan:7847', false))).toBe(true);
  expect(isOriginAllowed(originRequest('http://evil.example', 'quire.lan:7847', false))).toBe(false);
});

test('isLoopbackName recognizes loopback names', () => {
  expect(['localhost', 'a.localhost', '127.9.0.1', '::1', '[::1]'].every(isLoopbackName)).toBe(true);
  expect(['0.0.0.0', 'localhost.evil.example', '10.0.0.1', '127.0.0.1.x'].some(isLoopbackName)).toBe(false);
});

const APP_ORIGINS = [
  'tauri://localhost',
  'http://tauri.localhost',
  'app://obsidian.md',
  'capacitor://localhost',
  'ionic://localhost',
  'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
  'moz-extension://0b1c2d3e-0000-4000-8000-000000000000',
  'vscode-webview://1abcdefg',
  'null',
];

test.each(APP_ORIGINS)('isOriginAllowed rejects %s unless the origin is in the allowed list', (origin) => {
  const page = { origin, host: HOST, loopback: true };
  expect(isOriginAllowed({ ...page, allowed: [] })).toBe(false);
  expect(isOriginAllowed({ ...page, allowed: [parseAllowedOrigin(origin)] })).toBe(true);
  expect(isOriginAllowed({ ...page, origin: `${origin}x`, allowed: [parseAllowedOrigin(origin)] })).toBe(
    false,
  );
});

test('SCHEME://* allows all pages with the scheme of an app', () => {
  const allowedOrigins = [parseAllowedOrigin('moz-extension://*')];
  const isAllowed = (origin: string): boolean =>
    isOriginAllowed({ origin, host: HOST, loopback: true, allowed: allowedOrigins });
  expect(isAllowed('moz-extension://0b1c2d3e-0000-4000-8000-000000000000')).toBe(true);
  expect(
    ['chrome-extension://abc', 'null', 'https://moz-extension', 'moz-extension://'].some(isAllowed),
  ).toBe(false);
});

test.each([
  ['https://chat.example/', 'https://chat.example'],
  ['HTTPS://Chat.Example:443', 'https://chat.example'],
  ['http://localhost:80', 'http://localhost'],
  ['http://localhost:3000', 'http://localhost:3000'],
  ['TAURI://localhost/', 'tauri://localhost'],
])('parseAllowedOrigin normalizes %s to %s', (text, origin) => {
  expect(parseAllowedOrigin(text)).toBe(origin);
});

test.each([
  ['*', /any page/],
  ['https://*', /name each/],
  ['https://*.example', /use only a scheme/],
  ['chat.example', /include the scheme/],
  ['localhost:3000', /include the scheme/],
  ['https://chat.example/app', /use only a scheme/],
  ['https://chat.example?x', /use only a scheme/],
  ['https://ada:pw@chat.example', /use only a scheme/],
  ['ws://chat.example', /http/],
  ['https://', /include the scheme|use only a scheme/],
  ['file://', /include the scheme|use only a scheme/],
  ['', /include the scheme/],
])('parseAllowedOrigin rejects %j', (text, hint) => {
  expect(() => parseAllowedOrigin(text)).toThrow(
    expect.objectContaining({ code: 'bad_option', hint: expect.stringMatching(hint) }),
  );
});
