// The plugin in an application that has its own routes, sockets and plugins: both work as they do alone.

import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import cors from '@fastify/cors';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { type Engine, loadEngine } from '../../src/index.ts';
import { createServer } from '../../src/server/index.ts';
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

/** Returns the first frame of a socket, or the error of its handshake. */
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

/** Handles sockets as @fastify/websocket does: each handshake goes through the router to a handler. */
function addOwnSockets(): void {
  const own = new WebSocketServer({ noServer: true });
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
    own.handleUpgrade(request.raw, socket, head, (one) => one.send('own'));
  });
}

test.each(['before', 'after'])(
  'an application that handles upgrades %s the plugin keeps its own sockets',
  async (when) => {
    if (when === 'before') addOwnSockets();
    await register();
    if (when === 'after') addOwnSockets();
    const url = await listen();
    for (let i = 0; i < 2; i++) {
      expect(await firstFrame(url, '/own')).toBe('own');
      expect(JSON.parse(await firstFrame(url, '/quire/ws/chat', { ping: 7 }))).toMatchObject({ ping: 7 });
    }
  },
);

test('two plugins in one application each have a chat socket', async () => {
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
  const mine = await fetch(`${url}/quire/v1/models`);
  expect([mine.status, mine.headers.get('access-control-allow-origin')]).toEqual([
    200,
    'https://example.org',
  ]);
  const foreign = await fetch(`${url}/quire/v1/models`, { headers: { origin: 'https://example.org' } });
  expect(foreign.status).toBe(403);
});

test('errors name paths under the prefix of the plugin', async () => {
  await register('/a/quire');
  const url = await listen();
  const messageOf = async (path: string, init?: RequestInit): Promise<string> => {
    const { error } = (await (await fetch(url + path, init)).json()) as { error: { message: string } };
    return error.message;
  };
  const nowhere =
    'there is no GET /a/quire/nowhere; open the page at /a/quire/, or see all routes in /a/quire/openapi.json';
  expect(await messageOf('/a/quire/nowhere')).toBe(nowhere);
  expect(await messageOf('/a/quire/models')).toContain('did you mean /a/quire/v1/models?');
});

test('the prefix without a slash redirects to the page', async () => {
  await register('/a/quire');
  const url = await listen();
  const response = await fetch(`${url}/a/quire?x=1`);
  expect([response.status, response.url]).toEqual([200, `${url}/a/quire/?x=1`]);
  expect(await response.text()).toContain('<title>Quire</title>');
});
