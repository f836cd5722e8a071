// Tests the server over HTTP: health, the page and its headers, errors, ports in use, and shutdown.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { QuireError } from '../../src/base/errors.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { inlineScripts } from '../../src/server/http/page-route.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { exchangeBytes } from '../support/server/raw-connection.ts';
import { serveEngine } from '../support/server/serve-engine.ts';
import { ENDLESS_PROMPT, tinyServerForTests } from '../support/server/tiny-server.ts';

const tiny = tinyServerForTests();

const HOST = '127.0.0.1';

test('/health reports the model, the backend and the cache', async () => {
  const response = await fetch(`${tiny.url}/health`);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    status: 'ok',
    architecture: 'llama',
    contextLength: 128,
    backend: 'reference',
    cache: 'paged',
  });
});

test('while the model loads, /health reports the status loading and messages wait', async () => {
  let resolveEngine: (engine: Engine) => void = () => undefined;
  const engine = new Promise<Engine>((resolve) => {
    resolveEngine = resolve;
  });
  const server = await serveEngine({ engine, host: HOST, port: 0 });
  const loading = await fetch(`${server.url}/health`);
  expect(loading.status).toBe(503);
  expect(await loading.json()).toEqual({ status: 'loading' });
  const client = await ChatClient.open(server.url);
  client.send({ message: 'too early' });
  client.send({ cancel: true });
  expect(await client.next('end')).toEqual({ type: 'end', finishReason: 'cancelled' });
  const answer = client.ask('hello', { options: { maxTokens: 4 } });
  resolveEngine(tiny.engine);
  expect((await answer).end.usage?.generatedTokens).toBeLessThanOrEqual(4);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
  await server.close();
});

test('if loading fails, /health and the chat socket report the cause', async () => {
  const error = new QuireError('bad_gguf', 'the file ends early', 'download it again');
  const server = await serveEngine({ engine: Promise.reject(error), host: HOST, port: 0 });
  const response = await fetch(`${server.url}/health`);
  expect(response.status).toBe(500);
  expect(await response.json()).toMatchObject({ status: 'failed', error: { code: 'bad_gguf' } });
  const client = await ChatClient.open(server.url);
  client.send({ message: 'hello' });
  await expect(client.next('end')).rejects.toThrow(
    'model_failed: the model default could not be loaded (bad_gguf: the file ends early); download it again',
  );
  await server.close();
});

test.each([
  ['/nothing', 404, 'not_found'],
  ['/assets/../../package.json', 404, 'not_found'],
  ['/ws/chat', 426, 'bad_message'],
  ['/%zz', 400, 'bad_message'],
])('GET %s responds with status %i and an error in OpenAI’s format', async (path, status, code) => {
  const response = await fetch(tiny.url + path);
  expect(response.status).toBe(status);
  expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  expect(error).toEqual({ message: expect.any(String), type: 'invalid_request_error', param: null, code });
});

test('the response to bytes that are not HTTP is an error in OpenAI’s format', async () => {
  const reply = await exchangeBytes(tiny.server.port, 'HELLO\r\n\r\n');
  expect(reply).toMatch(/^HTTP\/1\.1 400 Bad Request/);
  expect(reply).toMatch(/x-request-id: req_/);
  expect(reply).toMatch(/"code":"bad_message"/);
});

test('the page may connect only to its server; browsers cache only files with a hash in their name', async () => {
  const page = await fetch(tiny.url);
  const html = await page.text();
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  const [inline = '', ...others] = inlineScripts(html);
  expect(others).toEqual([]);
  expect(policy).toContain(`script-src 'self' ${inline};`);
  expect(policy).toContain(`connect-src 'self' ws://${new URL(tiny.url).host}`);
  expect(page.headers.get('cache-control')).toBe('no-cache');
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  expect(html).not.toMatch(/style=|https?:\/\//);
  const script = /src="\.(\/assets\/[^"]+\.js)"/.exec(html)?.[1];
  const asset = await fetch(tiny.url + script);
  expect(asset.headers.get('cache-control')).toMatch(/immutable/);
});

test('the server compresses files with an encoding that the client accepts', async () => {
  const html = await (await fetch(tiny.url)).text();
  const script = /src="\.(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? '';
  const get = (accepted: string) => fetch(tiny.url + script, { headers: { 'accept-encoding': accepted } });
  const encodings = new Map<string, number>();
  const texts = new Set<string>();
  for (const accepted of ['identity', 'gzip', 'gzip, deflate, br']) {
    const response = await get(accepted);
    expect(response.headers.get('vary')).toMatch(/accept-encoding/);
    expect(response.headers.get('content-type')).toMatch(/javascript/);
    encodings.set(
      response.headers.get('content-encoding') ?? 'plain',
      Number(response.headers.get('content-length')),
    );
    texts.add(await response.text());
  }
  expect([...encodings.keys()]).toEqual(['plain', 'gzip', 'br']);
  expect(texts.size).toBe(1);
  const [plain = 0, gzip = 0, brotli = 0] = encodings.values();
  expect(gzip).toBeLessThan(0.4 * plain);
  expect(brotli).toBeLessThan(gzip);
  const page = await fetch(tiny.url, { headers: { 'accept-encoding': 'br' } });
  expect(page.headers.get('content-encoding')).toBe('br');
  expect(page.headers.get('cache-control')).toBe('no-cache');
});

test('if the page is not built, the response states how to build the page', async () => {
  const server = await serveEngine({ engine: tiny.engine, host: HOST, port: 0, pageDir: '/nowhere' });
  const response = await fetch(server.url);
  expect(response.status).toBe(404);
  expect(await response.text()).toContain('npm run build');
  await server.close();
});

test('startServer rejects a port in use and an address of another machine, with a hint', async () => {
  const samePort = serveEngine({ engine: tiny.engine, host: HOST, port: tiny.server.port });
  await expect(samePort).rejects.toMatchObject({
    code: 'port_in_use',
    line: expect.stringMatching(new RegExp(`port ${tiny.server.port} .*--port`)),
  });
  // 203.0.113.0/24 is reserved for documentation, so no machine has such an address.
  const apiKeys = ['a-key-that-is-long-enough'];
  const otherAddress = serveEngine({ engine: tiny.engine, host: '203.0.113.7', port: 0, apiKeys });
  await expect(otherAddress).rejects.toMatchObject({ code: 'address_unavailable' });
});

test('`close` ends running answers after the grace period, and closes sockets', async () => {
  const server = await serveEngine({ engine: tiny.engine, host: HOST, port: 0, graceMs: 20 });
  const client = await ChatClient.open(server.url);
  client.send({ message: ENDLESS_PROMPT, options: { temperature: 0 } });
  await client.next('stream');
  await server.close();
  expect((await client.closed).code).toBe(1001);
  expect(client.events.at(-1)).toMatchObject({ type: 'error', code: 'shutting_down', ended: true });
  await expect(fetch(server.url)).rejects.toThrow();
});

test('the server stops reading from a client that does not read, and the client does not delay `close`', async () => {
  const server = await serveEngine({ engine: tiny.engine, host: HOST, port: 0 });
  const client = await ChatClient.open(server.url);
  client.socket.pause();
  const invalidFrame = 'x'.repeat(500);
  for (let sent = 0; sent < 60_000; sent++) client.socket.send(invalidFrame);
  // The server still reads the frames in flight; then the number of unsent bytes stays constant.
  let unsentBytes = -1;
  for (let polls = 0; polls < 60 && unsentBytes !== client.socket.bufferedAmount; polls++) {
    unsentBytes = client.socket.bufferedAmount;
    await sleep(500);
  }
  expect(unsentBytes).toBeGreaterThan(0);
  expect(client.socket.bufferedAmount).toBe(unsentBytes);
  const started = performance.now();
  await server.close();
  expect(performance.now() - started).toBeLessThan(5000);
  client.socket.terminate();
});
