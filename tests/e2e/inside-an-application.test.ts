// The plugin in an application with other routes, sockets and plugins: the application and the plugin do not affect each other.

import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import cors from '@fastify/cors';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { type Engine, loadEngine } from '../../src/index.ts';
import { createServer, startServer } from '../../src/server/index.ts';
import { Service } from '../../src/service/service.ts';

const PREFIX = '/quire';

let engine: Engine;
let service: Service;
let app: FastifyInstance;

beforeAll(async () => {
  engine = await loadEngine({ context: 64, backend: 'reference' });
});
afterAll(() => engine.dispose());
beforeEach(async () => {
  service = await Service.create({ models: [{ name: 'embedded', completer: engine }] });
  await service.loaded;
  app = fastify();
});
afterEach(async () => {
  await app.close();
  await service.close();
});

const register = (prefix = PREFIX) => app.register(createServer(service), { prefix });
const listen = () => app.listen({ host: '127.0.0.1', port: 0 });

/** Returns the first frame that a socket receives, or the error message of its handshake. */
function firstFrame(url: string, path: string, message?: object): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url.replace('http', 'ws') + path);
    if (message !== undefined) socket.on('open', () => socket.send(JSON.stringify(message)));
    socket.on('message', (data) => {
      resolve(String(data));
      socket.close();
    });
    socket.on('error', (error) => resolve(error.message));
  });
}

/** Adds a socket route as @fastify/websocket does: the router passes each handshake to a handler. */
function addApplicationSocket(): void {
  const webSocketServer = new WebSocketServer({ noServer: true });
  const upgrades = new WeakMap<IncomingMessage, { socket: Duplex; head: Buffer }>();
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    upgrades.set(request, { socket, head });
    const response = new ServerResponse(request);
    response.assignSocket(socket as never);
    app.routing(request, response);
  });
  app.get('/own', async (request, reply) => {
    const { socket, head } = upgrades.get(request.raw)!;
    reply.hijack();
    webSocketServer.handleUpgrade(request.raw, socket, head, (webSocket) => webSocket.send('own'));
  });
}

test.each(['before', 'after'])(
  'the sockets of an application work if the application adds an upgrade listener %s the plugin',
  async (order) => {
    if (order === 'before') addApplicationSocket();
    await register();
    if (order === 'after') addApplicationSocket();
    const url = await listen();
    for (let i = 0; i < 2; i++) {
      expect(await firstFrame(url, '/own')).toBe('own');
      expect(JSON.parse(await firstFrame(url, '/quire/ws/chat', { ping: 7 }))).toMatchObject({ ping: 7 });
    }
  },
);

test('each of two plugins in one application has a chat socket', async () => {
  await register('/one');
  await register('/two');
  const url = await listen();
  for (const path of ['/one', '/two'])
    expect(JSON.parse(await firstFrame(url, `${path}/ws/chat`, { ping: 7 }))).toMatchObject({ ping: 7 });
});

test('an application with @fastify/cors sets the CORS headers itself', async () => {
  await app.register(cors, { origin: 'https://example.org' });
  await register();
  const url = await listen();
  const withoutOrigin = await fetch(`${url}/quire/v1/models`);
  expect([withoutOrigin.status, withoutOrigin.headers.get('access-control-allow-origin')]).toEqual([
    200,
    'https://example.org',
  ]);
  const withOrigin = await fetch(`${url}/quire/v1/models`, { headers: { origin: 'https://example.org' } });
  expect(withOrigin.status).toBe(403);
});

test('error messages contain paths with the prefix of the plugin', async () => {
  await register('/a/quire');
  const url = await listen();
  const messageOf = async (path: string, init?: RequestInit): Promise<string> => {
    const { error } = (await (await fetch(url + path, init)).json()) as { error: { message: string } };
    return error.message;
  };
  const expected =
    'there is no GET /a/quire/nowhere; open the page at /a/quire/, or see all routes in /a/quire/openapi.json';
  expect(await messageOf('/a/quire/nowhere')).toBe(expected);
  expect(await messageOf('/a/quire/models')).toContain('did you mean /a/quire/v1/models?');
});

test('a request for the prefix without a slash is redirected to the page', async () => {
  await register('/a/quire');
  const url = await listen();
  const response = await fetch(`${url}/a/quire?x=1`);
  expect([response.status, response.url]).toEqual([200, `${url}/a/quire/?x=1`]);
  expect(await response.text()).toContain('<title>Quire</title>');
});

test.each([
  [{}, '/a/quire/'],
  [{ routerOptions: { ignoreTrailingSlash: true } }, '/a/quire'],
  [{ routerOptions: { ignoreTrailingSlash: true } }, '/a/quire/'],
])('the page is at the prefix with a slash: application with %j, prefix %s', async (options, prefix) => {
  app = fastify(options);
  await register(prefix);
  const url = await listen();
  const paths = 'routerOptions' in options ? ['/a/quire', '/a/quire/?x=1?y'] : ['/a/quire/?x=1?y'];
  for (const path of paths) {
    const response = await fetch(url + path);
    expect([response.status, response.url]).toEqual([200, url + path.replace(/quire$/, 'quire/')]);
    const [script] = /assets\/index-[\w-]+\.js/.exec(await response.text())!;
    expect((await fetch(new URL(script, response.url), { method: 'HEAD' })).status).toBe(200);
  }
});

test('an unknown option is an error: with a wrong name of apiKeys, everyone could use the server', async () => {
  const keys = { apiKyes: ['secret'] };
  const unknown = { code: 'unknown_option', hint: 'did you mean apiKeys?' };
  expect(() => createServer(service, keys as object)).toThrow(expect.objectContaining(unknown));
  const options = { service, host: '127.0.0.1', port: 0, ...keys };
  await expect(startServer(options)).rejects.toMatchObject(unknown);
  const withFolder = { models: [{ name: 'embedded', completer: engine }], dataDir: 'data' };
  await expect(Service.create(withFolder)).rejects.toMatchObject({ code: 'unknown_option' });
});
