// The server as a Fastify plugin in an application that has other routes, body parsers and CORS rules, and in an application with
// two plugins.

import { once } from 'node:events';
import cors from '@fastify/cors';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { loadEngine } from '../../src/index.ts';
import { createServer } from '../../src/server/server-plugin.ts';
import { Service } from '../../src/service/service.ts';
import { ChatClient } from '../support/server/chat-client.ts';
import { jsonPost } from '../support/server/http-calls.ts';
import { exchangeBytes } from '../support/server/raw-connection.ts';
import { TINY_MODEL } from '../support/server/tiny-server.ts';

const KEY = 'a-key-of-this-test';
const SECRET = new Uint8Array(32); // all plugins need the same secret, because they share the conversations of the service
const JSON_BODY = jsonPost({ prompt: 'hello' });

let service: Service;
let app: FastifyInstance;
beforeAll(async () => {
  const load = () => loadEngine({ model: TINY_MODEL, kvMemory: 4 * 2 ** 20, backend: 'reference' });
  service = await Service.create({ models: [{ name: 'tiny', load }] });
  await service.loaded;
});
afterAll(() => service.close());
afterEach(() => app.close());

const listen = (): Promise<string> => app.listen({ host: '127.0.0.1', port: 0 });

const exchange = (url: string, bytes: string): Promise<string> =>
  exchangeBytes(Number(new URL(url).port), bytes);

describe('two plugins in one application', () => {
  async function startTwoPlugins(): Promise<string> {
    app = fastify();
    app.get('/own', async () => 'mine');
    await app.register(createServer(service), { prefix: '/a' });
    await app.register(createServer(service, { apiKeys: [KEY], keySecret: SECRET }), { prefix: '/b/' });
    return listen();
  }

  it('each have a chat socket', async () => {
    const url = await startTwoPlugins();
    for (const [prefix, options] of [['/a', {}] as const, ['/b', { key: KEY }] as const]) {
      const client = await ChatClient.open(url + prefix, options);
      client.send({ message: 'hi', options: { maxTokens: 2, temperature: 0 } });
      expect((await client.next('end')).finishReason).toBe('length');
      client.socket.close();
    }
    await expect(ChatClient.open(`${url}/b`)).rejects.toThrow('401');
  });

  it('send one response to a request that offers a protocol upgrade', async () => {
    const request =
      'GET /own HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n';
    const answer = await exchange(await startTwoPlugins(), request);
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
  });

  it('send one response to a request with an unknown expectation', async () => {
    const url = await startTwoPlugins();
    const answer = await exchange(
      url,
      'POST /a/tokenize HTTP/1.1\r\nHost: localhost\r\nExpect: more\r\nContent-Length: 0\r\n\r\n',
    );
    expect(answer.match(/HTTP\/1\.1 417/g)).toHaveLength(1);
    expect((await fetch(`${url}/own`)).status).toBe(200);
  });
});

describe('an application with the plugin', () => {
  it('can upgrade sockets itself', async () => {
    app = fastify();
    await app.register(createServer(service), { prefix: '/quire' });
    const webSocketServer = new WebSocketServer({ noServer: true });
    app.server.on('upgrade', (request, socket, head) => {
      if (request.url === '/own')
        webSocketServer.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('mine'));
    });
    const url = await listen();
    const socket = new WebSocket(`${url.replace('http', 'ws')}/own`);
    const [frame] = await once(socket, 'message');
    expect(String(frame)).toBe('mine');
    socket.close();
    const client = await ChatClient.open(`${url}/quire`);
    client.send({ ping: 1 });
    expect((await client.next('pong')).ping).toBe(1);
    client.socket.close();
  });

  it('can have body parsers, which the plugin does not use', async () => {
    app = fastify();
    app.addContentTypeParser('application/json', { parseAs: 'string' }, async () => 'mine');
    app.addContentTypeParser('*', { parseAs: 'string' }, async () => ({ prompt: 'mine' }));
    app.post('/own', async ({ body }) => ({ body }));
    await app.register(createServer(service), { prefix: '/quire' });
    const url = await listen();
    expect(await (await fetch(`${url}/own`, JSON_BODY)).json()).toEqual({ body: 'mine' });
    const answer = await fetch(`${url}/quire/tokenize`, JSON_BODY);
    expect(await answer.json()).toMatchObject({ max_model_len: 128 });
    for (const contentType of ['text/plain', 'application/xml']) {
      const rejectedResponse = await fetch(`${url}/quire/tokenize`, {
        ...JSON_BODY,
        headers: { 'content-type': contentType },
      });
      expect(rejectedResponse.status).toBe(415);
    }
  });

  it.each(['before', 'after'])('can have CORS rules that are registered %s the plugin', async (order) => {
    app = fastify();
    if (order === 'before') await app.register(cors, { origin: true });
    await app.register(createServer(service), { prefix: '/quire' });
    if (order === 'after') await app.register(cors, { origin: true });
    app.get('/own', async () => 'mine');
    const url = await listen();
    const headers = { origin: 'https://foreign.example' };
    expect(
      (await fetch(`${url}/own`, { headers })).headers.get('access-control-allow-origin'),
    ).not.toBeNull();
    expect((await fetch(`${url}/quire/v1/models`, { headers })).status).toBe(403);
    expect((await fetch(`${url}/quire/v1/models`)).status).toBe(200);
  });
});

describe('a plugin with a prefix', () => {
  async function startWithPrefix(prefix: string): Promise<string> {
    app = fastify();
    await app.register(createServer(service), { prefix });
    return listen();
  }

  it('has the prefix in every path of the OpenAPI document', async () => {
    const { paths } = (await (
      await fetch(`${await startWithPrefix('/quire')}/quire/openapi.json`)
    ).json()) as {
      paths: object;
    };
    expect(Object.keys(paths)).toContain('/quire/v1/models/{id}');
    expect(Object.keys(paths).filter((path) => !path.startsWith('/quire/'))).toEqual([]);
  });

  it('accepts an import as large as a plugin without a prefix accepts', async () => {
    const url = await startWithPrefix('/quire');
    const messages = Array.from({ length: 8000 }, (_, i) => ({
      id: `m${i}`,
      parent: i === 0 ? null : `m${i - 1}`,
      role: i % 2 === 0 ? 'user' : 'assistant',
      content: 'x',
      state: 'complete',
      createdAt: 1,
      droppedMessages: 0,
    }));
    const conversation = {
      title: 'long',
      createdAt: 1,
      updatedAt: 1,
      system: null,
      contextPolicy: { kind: 'error' },
      sampling: {},
      head: 'm7999',
      messages,
    };
    const body = JSON.stringify(conversation);
    const answer = await fetch(`${url}/quire/conversations/import`, { ...JSON_BODY, body });
    expect([answer.status, (await answer.text()).slice(0, 200)]).toEqual([201, expect.anything()]);
  });

  it('redirects the prefix without a slash to the page, and uses the prefix in error messages', async () => {
    const url = await startWithPrefix('/my/quire');
    const page = await fetch(`${url}/my/quire`);
    expect([page.status, page.url]).toEqual([200, `${url}/my/quire/`]);
    const misspelled = await fetch(`${url}/my/quire/chat/completions`, JSON_BODY);
    expect(await misspelled.text()).toContain('did you mean /my/quire/v1/chat/completions?');
    expect(await (await fetch(`${url}/my/quire/nothing`)).text()).toContain('open the page at /my/quire/,');
  });
});
