// Tests the requests that the server rejects (missing API keys, pages of other origins, limits, a full queue), streams that are not
// read, shutdown, and the log.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import type { EngineOptions } from '../../src/engine/engine.ts';
import { BODY_LIMIT_BYTES, HEADER_LIMIT_BYTES, MAX_MESSAGES } from '../../src/server/http/limits.ts';
import { bearer, postJson } from '../support/server/http-calls.ts';
import { exchangeBytes } from '../support/server/raw-connection.ts';
import { type ServeOptions, serveEngine } from '../support/server/serve-engine.ts';
import { slowSteps } from '../support/server/slow-steps.ts';
import {
  ENDLESS_PROMPT,
  startTinyServer,
  type TinyServer,
  withTinyServer,
} from '../support/server/tiny-server.ts';

const ENDLESS_CHAT = { messages: [{ role: 'user', content: ENDLESS_PROMPT }], temperature: 0 };

const withServer = (
  options: Partial<ServeOptions>,
  action: (tiny: TinyServer) => Promise<void>,
  engine: EngineOptions = {},
): Promise<void> => withTinyServer(engine, options, action);

const post = (url: string, body: unknown, headers?: Record<string, string>): Promise<Response> =>
  postJson(`${url}/v1/chat/completions`, body, headers);

const codeOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { error: { code: string } }).error.code;

describe('a server with API keys', () => {
  const apiKeys = ['first-key', 'second-key'];

  test('requires a key on every route except /health and the page', () =>
    withServer({ apiKeys }, async ({ url }) => {
      for (const path of ['/health', '/']) expect((await fetch(url + path)).status).toBe(200);
      for (const path of ['/v1/models', '/metrics', '/version', '/openapi.json']) {
        const rejectedResponse = await fetch(url + path);
        expect(rejectedResponse.status).toBe(401);
        expect(rejectedResponse.headers.get('www-authenticate')).toBe('Bearer');
        expect(await codeOf(rejectedResponse)).toBe('unauthorized');
        expect((await fetch(url + path, { headers: bearer('second-key') })).status).toBe(200);
      }
      const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'wrong', maxRetries: 0 });
      await expect(client.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    }));

  test('neither uses nor reports the cached text of one key for another key', () =>
    withServer({ apiKeys }, async ({ url }) => {
      const body = {
        messages: [{ role: 'user', content: 'a secret that is long enough for a block' }],
        max_tokens: 2,
        cache_report: true,
      };
      const cached = async (key: string) => {
        const answer = (await (await post(url, body, bearer(key))).json()) as {
          usage: { prompt_tokens_details: { cached_tokens: number } };
          cache_report: { miss?: string };
        };
        return [answer.usage.prompt_tokens_details.cached_tokens, answer.cache_report.miss];
      };
      expect((await cached('first-key'))[0]).toBe(0);
      expect((await cached('first-key'))[0]).toBeGreaterThan(0);
      expect(await cached('second-key')).toEqual([0, 'nothing_in_common']);
    }));

  test('uses the cached text of one key for another key if the cache is shared', () =>
    withServer({ apiKeys, shareCache: true }, async ({ url }) => {
      const body = { messages: [{ role: 'user', content: 'a text that all may share' }], max_tokens: 2 };
      const cached = async (key: string) =>
        ((await (await post(url, body, bearer(key))).json()) as OpenAI.ChatCompletion).usage!
          .prompt_tokens_details!.cached_tokens;
      expect(await cached('first-key')).toBe(0);
      expect(await cached('second-key')).toBeGreaterThan(0);
    }));

  test('requires a key of 16 characters if other machines can reach its address', async () => {
    const withoutKey = serveEngine({ engine: new Promise(() => undefined), host: '0.0.0.0', port: 0 });
    await expect(withoutKey).rejects.toMatchObject({
      code: 'bad_option',
      message: expect.stringContaining('0.0.0.0'),
    });
    for (const [host, key] of [
      ['127.0.0.1', ''],
      ['0.0.0.0', 'fifteen-letters'],
    ] as const) {
      const withShortKey = serveEngine({
        engine: new Promise(() => undefined),
        host,
        port: 0,
        apiKeys: [key],
      });
      await expect(withShortKey).rejects.toMatchObject({ code: 'bad_option' });
    }
  });
});

describe('pages of other origins', () => {
  const allowedOrigins = ['https://chat.example'];

  test('are rejected, unlike the page of the server and pages of allowed origins', () =>
    withServer({ allowedOrigins }, async ({ url }) => {
      const body = { ...ENDLESS_CHAT, max_tokens: 1 };
      for (const origin of ['http://evil.example', 'null', `${url}1`]) {
        const rejectedResponse = await post(url, body, { origin });
        expect(rejectedResponse.status).toBe(403);
        expect(rejectedResponse.headers.has('access-control-allow-origin')).toBe(false);
        expect(await codeOf(rejectedResponse)).toBe('forbidden_origin');
      }
      expect((await post(url, body, { origin: url })).status).toBe(200);
      const allowedResponse = await post(url, body, { origin: 'https://chat.example' });
      expect(allowedResponse.status).toBe(200);
      expect(allowedResponse.headers.get('access-control-allow-origin')).toBe('https://chat.example');
    }));

  test('can send a preflight request, which succeeds only for allowed origins', () =>
    withServer({ allowedOrigins, apiKeys: ['key'] }, async ({ url }) => {
      const preflight = (origin: string): Promise<Response> =>
        fetch(`${url}/v1/chat/completions`, {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization,content-type',
          },
        });
      const allowedResponse = await preflight('https://chat.example');
      expect(allowedResponse.status).toBe(204);
      expect(allowedResponse.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
      const rejectedResponse = await preflight('https://evil.example');
      expect(rejectedResponse.status).toBe(403);
      expect(
        [...rejectedResponse.headers.keys()].filter((name) => name.startsWith('access-control')),
      ).toEqual([]);
    }));

  test('include apps and extensions, which can be allowed and can read x-quire-ignored', () =>
    withServer({ allowedOrigins: ['tauri://localhost/', 'moz-extension://*', 'null'] }, async ({ url }) => {
      const body = { ...ENDLESS_CHAT, max_tokens: 1, store: true };
      for (const origin of [
        'tauri://localhost',
        'moz-extension://0b1c2d3e-0000-4000-8000-000000000000',
        'null',
      ]) {
        const answer = await post(url, body, { origin });
        expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
        expect(answer.headers.get('x-quire-ignored')).toBe('store');
        expect(answer.headers.get('access-control-expose-headers')).toContain('x-quire-ignored');
      }
      expect((await post(url, body, { origin: 'capacitor://localhost' })).status).toBe(403);
    }));

  test('cannot be allowed by a value that is not an origin', async () => {
    for (const origin of ['*', 'chat.example', 'https://chat.example/app']) {
      const engine = new Promise<never>(() => undefined);
      const started = serveEngine({ engine, host: '127.0.0.1', port: 0, allowedOrigins: [origin] });
      await expect(started).rejects.toMatchObject({
        code: 'bad_option',
        message: expect.stringContaining(origin),
      });
    }
  });

  test('cannot bypass the check with a host name that resolves to this machine', () =>
    withServer({}, async ({ server }) => {
      const get = async (host: string): Promise<number | undefined> => {
        const clientRequest = request({
          port: server.port,
          host: '127.0.0.1',
          path: '/v1/models',
          headers: { host },
        });
        const [response] = await once(clientRequest.end(), 'response');
        response.resume();
        return response.statusCode;
      };
      expect(await get(`evil.example:${server.port}`)).toBe(403);
      expect(await get(`localhost:${server.port}`)).toBe(200);
    }));
});

describe('the limits of the server', () => {
  test('apply to the size of bodies and headers, the number of messages and the content type', () =>
    withServer({}, async ({ url, server }) => {
      const large = await post(url, 'x'.repeat(BODY_LIMIT_BYTES + 1));
      expect(large.status).toBe(413);
      expect(await codeOf(large)).toBe('body_too_large');
      const messages = Array.from({ length: MAX_MESSAGES + 1 }, () => ({ role: 'user', content: '' }));
      const many = await post(url, { messages });
      expect(many.status).toBe(400);
      expect(await codeOf(many)).toBe('bad_option');
      const plainResponse = await post(url, ENDLESS_CHAT, { 'content-type': 'text/plain' });
      expect(plainResponse.status).toBe(415);
      expect(await plainResponse.text()).toContain('Content-Type: application/json');
      const headers = `host: localhost\r\nx: ${'x'.repeat(HEADER_LIMIT_BYTES)}`;
      const reply = await exchangeBytes(server.port, `GET / HTTP/1.1\r\n${headers}\r\n\r\n`);
      expect(reply).toMatch(/^HTTP\/1\.1 431 /);
    }));

  test('apply to the queue: the response to further requests is 429 with Retry-After', () =>
    withServer(
      {},
      async ({ url, engine }) => {
        const runningRequest = post(url, ENDLESS_CHAT);
        await expect.poll(() => engine.counters.running, { interval: 1 }).toBe(1);
        const waitingRequest = post(url, ENDLESS_CHAT);
        await expect.poll(() => engine.counters.waiting, { interval: 1 }).toBe(1);
        for (const stream of [true, false]) {
          const rejectedResponse = await post(url, { ...ENDLESS_CHAT, stream });
          expect(rejectedResponse.status).toBe(429);
          expect(Number(rejectedResponse.headers.get('retry-after'))).toBeGreaterThan(0);
          expect(await codeOf(rejectedResponse)).toBe('busy');
        }
        const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any', maxRetries: 0 });
        const body = { model: engine.info.model, messages: [{ role: 'user' as const, content: 'x' }] };
        await expect(client.chat.completions.create(body)).rejects.toBeInstanceOf(OpenAI.RateLimitError);
        await Promise.all([runningRequest, waitingRequest]);
      },
      { maxRunning: 1, maxWaiting: 1, ...slowSteps(5) },
    ));
});

test('a client that does not read its stream does not delay the engine, and is disconnected after a timeout', () =>
  withServer({ slowReaderMs: 500 }, async ({ engine, server }) => {
    const body = JSON.stringify({ ...ENDLESS_CHAT, n: 64, logprobs: true, top_logprobs: 20, stream: true });
    const socket = connect(server.port, '127.0.0.1');
    socket.pause();
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await expect.poll(() => engine.counters.events.finished, { timeout: 60_000 }).toBe(64);
    expect(engine.kvUsage.reservedBytes).toBe(0); // all answers are complete although the client has read none
    await sleep(1500);
    let text = '';
    socket.on('data', (data) => {
      text += String(data);
    });
    socket.on('error', () => undefined);
    socket.resume();
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 200/);
    expect(text).not.toContain('[DONE]');
  }));

test('a stream without new tokens sends pings', () =>
  withServer(
    { pingMs: 5 },
    async ({ url }) => {
      const response = await post(url, { ...ENDLESS_CHAT, max_tokens: 2, stream: true });
      const text = await response.text();
      expect(text).toMatch(/^: ping$/m);
      expect(text).toMatch(/data: \[DONE\]\n\n$/);
    },
    slowSteps(20),
  ));

describe('closing the server', () => {
  test('completes running answers and rejects new requests', async () => {
    const tiny = await startTinyServer(slowSteps(2));
    const runningRequest = post(tiny.url, ENDLESS_CHAT);
    await expect.poll(() => tiny.engine.counters.running, { interval: 1 }).toBe(1);
    const closing = tiny.server.close();
    const rejectedResponse = await post(tiny.url, ENDLESS_CHAT);
    expect(rejectedResponse.status).toBe(503);
    expect(await codeOf(rejectedResponse)).toBe('shutting_down');
    const answer = (await (await runningRequest).json()) as OpenAI.ChatCompletion;
    expect(answer.choices[0]!.finish_reason).toBe('length');
    await closing;
    await expect(fetch(tiny.url)).rejects.toThrow();
    await tiny.stop();
  });

  test('ends answers with an error after the grace period', async () => {
    const tiny = await startTinyServer(slowSteps(20), { graceMs: 50 });
    const completion = post(tiny.url, ENDLESS_CHAT);
    const stream = await post(tiny.url, { ...ENDLESS_CHAT, stream: true });
    await tiny.server.close();
    expect(await codeOf(await completion)).toBe('shutting_down');
    const text = await stream.text();
    expect(text).toMatch(/data: \{"error":\{.*"code":"shutting_down"\}\}\n\ndata: \[DONE\]\n\n$/);
    expect(tiny.engine.counters).toMatchObject({ running: 0, waiting: 0 });
    await tiny.stop();
  });
});

test('the JSON log has a line with the key id for each request, and contains texts only if configured', async () => {
  const lines: string[] = [];
  const jsonLog = { write: (line: string) => lines.push(line) };
  const sendRequests = (options: Partial<ServeOptions>) =>
    withServer({ apiKeys: ['log-key'], ...options }, async ({ url }) => {
      const messages = [{ role: 'user', content: 'a private matter' }];
      const headers = bearer('log-key');
      await (await post(url, { messages, max_tokens: 2, user: 'somebody' }, headers)).text();
      await (await post(url, { messages, max_tokens: 2, stream: true }, headers)).text();
      await (await post(url, { messages, tools: [{}] }, headers)).text();
      await (await fetch(`${url}/%zz`)).text();
    });
  await sendRequests({ jsonLog });
  const entries = lines.map((line) => JSON.parse(line));
  expect(entries.length).toBeGreaterThanOrEqual(3);
  expect(entries[0]).toMatchObject({
    level: 30,
    requestId: expect.stringMatching(/^req_/),
    keyId: expect.stringMatching(/^[0-9a-f]{16}$/),
    method: 'POST',
    path: '/v1/chat/completions',
    status: 200,
    user: 'somebody',
    generatedTokens: 2,
    finishReasons: ['length'],
  });
  expect(entries[1]).toMatchObject({ status: 200, generatedTokens: 2 });
  expect(entries[2]).toMatchObject({ status: 400, error: 'not_supported' });
  expect(lines.join('')).not.toMatch(/private matter|log-key/);
  // With a hash without a secret, weak keys could be guessed from the log.
  expect(lines.join('')).not.toContain(createHash('sha256').update('log-key').digest('hex').slice(0, 16));
  await sendRequests({ jsonLog: { ...jsonLog, texts: true } });
  expect(lines.join('')).toContain('private matter');
});
