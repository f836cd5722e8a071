// The details of internal errors are logged with the request id, but no response contains them. Disconnects and invalid requests of
// clients are not logged as errors.

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import type { GenerationStream } from '../../src/completion/generation.ts';
import type { EngineOptions } from '../../src/engine/engine.ts';
import { MAX_BODY_DEPTH } from '../../src/server/http/limits.ts';
import type { ServerOptions } from '../../src/server/start-server.ts';
import { call, jsonPost, postJson } from '../support/server/http-calls.ts';
import { exchangeBytes } from '../support/server/raw-connection.ts';
import { ENDLESS_PROMPT, startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

let tiny: TinyServer;

afterEach(async () => {
  vi.restoreAllMocks();
  await tiny.stop();
});

const SECRET_MESSAGE = 'ENOENT: no such file, open /home/ada/secret';
const CHAT = { messages: [{ role: 'user', content: ENDLESS_PROMPT }], temperature: 0 };

async function startServer(options: EngineOptions = {}, server: Partial<ServerOptions> = {}): Promise<void> {
  tiny = await startTinyServer(options, server);
}

const post = (path: string, body: unknown): Promise<Response> => postJson(tiny.url + path, body);

test('an unexpected error is logged with the request id, and the response does not contain its message', async () => {
  await startServer();
  vi.spyOn(tiny.engine, 'encode').mockRejectedValue(new TypeError(SECRET_MESSAGE));
  const response = await post('/v1/chat/completions', CHAT);
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(JSON.parse(text)).toMatchObject({ error: { code: 'internal', type: 'server_error' } });
  expect(text).not.toContain('secret');
  const id = response.headers.get('x-request-id')!;
  expect(tiny.log).toEqual([expect.stringMatching(new RegExp(`^${id} POST /v1/chat/completions .*secret`))]);
});

test('an unexpected error during a stream is logged with the request id, and the stream does not contain its message', async () => {
  await startServer();
  vi.spyOn(tiny.engine, 'completeTokens').mockImplementation((): GenerationStream => {
    const result = sleep(50).then(() => {
      throw new TypeError(SECRET_MESSAGE);
    });
    return {
      accepted: Promise.resolve(),
      result,
      async *[Symbol.asyncIterator]() {
        yield 'a piece';
        await result;
      },
    };
  });
  const response = await post('/v1/chat/completions', { ...CHAT, stream: true });
  const text = await response.text();
  expect(text).toContain('a piece');
  expect(text).toMatch(/"code":"internal"\}\}\n\ndata: \[DONE\]\n\n$/);
  expect(text).not.toContain('secret');
  expect(tiny.log).toEqual([
    expect.stringMatching(new RegExp(`^${response.headers.get('x-request-id')} .*secret`)),
  ]);
});

test('neither the log nor a response contains a query string', async () => {
  const lines: string[] = [];
  await startServer({}, { jsonLog: { write: (line) => lines.push(line) } });
  vi.spyOn(tiny.engine, 'encode').mockRejectedValue(new TypeError('x'));
  await (await post('/v1/chat/completions?token=hunter2', CHAT)).text();
  const notFound = await (await fetch(`${tiny.url}/nothing?token=hunter2`)).text();
  expect(notFound).toContain('there is no GET /nothing;');
  expect(lines.length).toBeGreaterThanOrEqual(2);
  expect(lines.join('')).not.toContain('hunter2');
});

test('JSON that is nested too deeply is rejected as an invalid request, whatever its depth', async () => {
  await startServer();
  for (const depth of [MAX_BODY_DEPTH + 1, 3000, 1_000_000]) {
    for (const [path, method] of [
      ['/settings/page', 'PUT'],
      ['/v1/chat/completions', 'POST'],
    ] as const) {
      const body = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      const response = await fetch(tiny.url + path, { ...jsonPost(body), method });
      const { error } = (await response.json()) as { error: { code: string } };
      const isTooLarge = path === '/settings/page' && depth > 16_384 / 2;
      expect([path, depth, response.status, error.code]).toEqual([
        path,
        depth,
        ...(isTooLarge ? [413, 'body_too_large'] : [400, 'bad_message']),
      ]);
    }
  }
  expect(tiny.log).toEqual([]);
});

test('the error for a body that is too large states the limit of the route', async () => {
  await startServer();
  const body = { a: 'x'.repeat(20_000) };
  const { status, text } = await call(tiny.url, 'PUT', '/settings/page', { body });
  expect(status).toBe(413);
  expect(text).toContain('more than 16384 bytes');
});

test('clients that disconnect at any time during a request cause no log line', async () => {
  await startServer({ stepTokens: 1 });
  const body = JSON.stringify({ ...CHAT, stream: true });
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
  const request = `${head}content-length: ${body.length}\r\n\r\n${body}`;
  // The first clients disconnect before the body is complete, the others after some event-loop turns, around the first token.
  for (let index = 0; index < 60; index++) {
    const sentLength = index < 4 ? request.length - 5 : request.length;
    const socket = connect(tiny.server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(request.slice(0, sentLength));
    for (let eventLoopTurns = 0; eventLoopTurns < index >> 1; eventLoopTurns++)
      await new Promise((resolve) => setImmediate(resolve));
    if (index % 2 === 0) socket.resetAndDestroy();
    else socket.destroy();
  }
  await expect.poll(() => tiny.engine.counters.running + tiny.engine.counters.waiting).toBe(0);
  expect((await fetch(`${tiny.url}/v1/models`)).status).toBe(200);
  expect(tiny.log).toEqual([]);
});

test('a client that disconnects while a long text is tokenized causes no log line', async () => {
  await startServer();
  const controller = new AbortController();
  const request = { ...jsonPost({ prompt: 'ab '.repeat(1_000_000) }), signal: controller.signal };
  const result = fetch(`${tiny.url}/tokenize`, request).catch((error: Error) => error.name);
  setTimeout(() => controller.abort(), 300);
  expect(await result).toBe('AbortError');
  expect((await fetch(`${tiny.url}/v1/models`)).status).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(tiny.log).toEqual([]);
});

test('the responses to an unknown expectation and a missing Host header have the usual error format', async () => {
  await startServer();
  const expectResponse = await exchangeBytes(
    tiny.server.port,
    'GET /v1/models HTTP/1.1\r\nhost: localhost\r\nexpect: foo\r\n\r\n',
  );
  expect(expectResponse).toMatch(/^HTTP\/1\.1 417 .*\r\n/);
  expect(expectResponse).toMatch(/x-request-id: req_/i);
  expect(expectResponse).toMatch(
    /"message":"the Expect header \\"foo\\" is not supported.*"code":"bad_message"/,
  );
  const hostResponse = await exchangeBytes(
    tiny.server.port,
    'GET /v1/models HTTP/1.1\r\nconnection: close\r\n\r\n',
  );
  expect(hostResponse).toMatch(/^HTTP\/1\.1 400 /);
  expect(hostResponse).toMatch(/no Host header.*"code":"bad_message"/);
  const http10Response = await exchangeBytes(tiny.server.port, 'GET /health HTTP/1.0\r\n\r\n');
  expect(http10Response).toMatch(/^HTTP\/1\.1 200 /);
});
