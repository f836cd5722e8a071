// Faults as clients and as the log see them: what Node or a database says is in the log, under the id that the client has,
// and in no answer; what a client does is no fault of the server.

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import type { GenerationStream } from '../../src/completion/generation.ts';
import type { EngineOptions } from '../../src/engine/engine.ts';
import { DEEPEST_BODY } from '../../src/server/http/limits.ts';
import type { ServerOptions } from '../../src/server/start-server.ts';
import { startTinyServer, type TinyServer } from '../support/server/tiny-server.ts';

let tiny: TinyServer;

afterEach(async () => {
  vi.restoreAllMocks();
  await tiny.stop();
});

const SECRET = 'ENOENT: no such file, open /home/ada/secret';
const CHAT = { messages: [{ role: 'user', content: 'b' }], temperature: 0 };

async function serving(options: EngineOptions = {}, server: Partial<ServerOptions> = {}): Promise<void> {
  tiny = await startTinyServer(options, server);
}

const post = (path: string, body: string | object, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(tiny.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** The first bytes of the answer to what is sent as it is. */
async function raw(text: string): Promise<string> {
  const socket = connect(tiny.server.port, '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.on('data', (data) => {
    answer += String(data);
  });
  await once(socket, 'close');
  return answer;
}

test('a failure that nobody foresaw says nothing of itself, and the log has it under the id of the request', async () => {
  await serving();
  vi.spyOn(tiny.engine, 'encode').mockRejectedValue(new TypeError(SECRET));
  const response = await post('/v1/chat/completions', CHAT);
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(JSON.parse(text)).toMatchObject({ error: { code: 'internal', type: 'server_error' } });
  expect(text).not.toContain('secret');
  const id = response.headers.get('x-request-id')!;
  expect(tiny.log).toEqual([expect.stringMatching(new RegExp(`^${id} POST /v1/chat/completions .*secret`))]);
});

test('so does one in mid-stream', async () => {
  await serving();
  vi.spyOn(tiny.engine, 'completeTokens').mockImplementation((): GenerationStream => {
    const result = sleep(50).then(() => {
      throw new TypeError(SECRET);
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

test('what was asked after a question mark is in no log, and in no answer', async () => {
  const lines: string[] = [];
  await serving({}, { jsonLog: { write: (line) => lines.push(line) } });
  vi.spyOn(tiny.engine, 'encode').mockRejectedValue(new TypeError('x'));
  await (await post('/v1/chat/completions?token=hunter2', CHAT)).text();
  const missing = await (await fetch(`${tiny.url}/nothing?token=hunter2`)).text();
  expect(missing).toContain('there is no GET /nothing;');
  expect(lines.length).toBeGreaterThanOrEqual(2);
  expect(lines.join('')).not.toContain('hunter2');
});

test('JSON that is too deep is a fault of the request, however deep', async () => {
  await serving();
  for (const depth of [DEEPEST_BODY + 1, 3000, 1_000_000]) {
    for (const [path, method] of [
      ['/settings/page', 'PUT'],
      ['/v1/chat/completions', 'POST'],
    ] as const) {
      const response = await fetch(tiny.url + path, {
        method,
        headers: { 'content-type': 'application/json' },
        body: `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`,
      });
      const { error } = (await response.json()) as { error: { code: string } };
      const large = path === '/settings/page' && depth > 16_384 / 2;
      expect([path, depth, response.status, error.code]).toEqual([
        path,
        depth,
        ...(large ? [413, 'body_too_large'] : [400, 'bad_message']),
      ]);
    }
  }
  expect(tiny.log).toEqual([]);
});

test('a body that is too large is told the limit of its own route', async () => {
  await serving();
  const response = await fetch(`${tiny.url}/settings/page`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ a: 'x'.repeat(20_000) }),
  });
  expect(response.status).toBe(413);
  expect(await response.text()).toContain('more than 16384 bytes');
});

test('clients that go at any moment leave no line in the log', async () => {
  await serving({ stepTokens: 1 });
  const body = JSON.stringify({ ...CHAT, stream: true });
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
  const whole = `${head}content-length: ${body.length}\r\n\r\n${body}`;
  // Some go before the body is whole, and the others after so many turns of the loop: the answer begins somewhere there.
  for (let index = 0; index < 60; index++) {
    const cut = index < 4 ? whole.length - 5 : whole.length;
    const socket = connect(tiny.server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(whole.slice(0, cut));
    for (let turns = 0; turns < index >> 1; turns++) await new Promise((resolve) => setImmediate(resolve));
    if (index % 2 === 0) socket.resetAndDestroy();
    else socket.destroy();
  }
  await expect.poll(() => tiny.engine.counters.running + tiny.engine.counters.waiting).toBe(0);
  expect((await fetch(`${tiny.url}/v1/models`)).status).toBe(200);
  expect(tiny.log).toEqual([]);
});

test('a client that goes while a long text is being read leaves no line in the log', async () => {
  await serving();
  const controller = new AbortController();
  const asked = fetch(`${tiny.url}/tokenize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'ab '.repeat(1_000_000) }),
    signal: controller.signal,
  }).catch((error: Error) => error.name);
  setTimeout(() => controller.abort(), 300);
  expect(await asked).toBe('AbortError');
  expect((await fetch(`${tiny.url}/v1/models`)).status).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(tiny.log).toEqual([]);
});

test('an expectation that nobody knows, and no Host, are answered in the form of errors', async () => {
  await serving();
  const expected = await raw('GET /v1/models HTTP/1.1\r\nhost: localhost\r\nexpect: foo\r\n\r\n');
  expect(expected).toMatch(/^HTTP\/1\.1 417 .*\r\n/);
  expect(expected).toMatch(/x-request-id: req_/i);
  expect(expected).toMatch(/"message":"the expectation \\"foo\\" is not known.*"code":"bad_message"/);
  const hostless = await raw('GET /v1/models HTTP/1.1\r\nconnection: close\r\n\r\n');
  expect(hostless).toMatch(/^HTTP\/1\.1 400 /);
  expect(hostless).toMatch(/no Host header.*"code":"bad_message"/);
  const old = await raw('GET /health HTTP/1.0\r\n\r\n');
  expect(old).toMatch(/^HTTP\/1\.1 200 /);
});
