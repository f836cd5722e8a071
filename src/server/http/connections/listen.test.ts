import { once } from 'node:events';
import { connect } from 'node:net';
import fastify from 'fastify';
import { expect, test } from 'vitest';
import { listen, listenOnAddress } from './listen.ts';

test('`listen` logs an error of accepting a connection', async () => {
  const app = fastify();
  const log: string[] = [];
  await listen(app, '127.0.0.1', 0, (line) => log.push(line));
  app.server.emit('error', new Error('accept ENOBUFS'));
  await app.close();
  expect(log).toEqual([expect.stringContaining('accept ENOBUFS')]);
});

test('listenOnAddress serves the same routes and error responses on a second address, until the server closes', async () => {
  const errorCodes: string[] = [];
  const app = fastify({
    forceCloseConnections: true,
    clientErrorHandler: (error, socket) => {
      errorCodes.push(error.code);
      socket.destroy();
    },
  });
  app.get('/', async ({ socket }) => socket.localAddress);
  await listen(app, '127.0.0.1', 0, () => {});
  await listenOnAddress(app, '127.0.0.2', () => {});
  await listenOnAddress(app, '203.0.113.7', () => {}); // not an address of this machine
  app.server.emit('error', new Error('accept ENOBUFS')); // must not stop either address
  const { port } = app.server.address() as { port: number };
  for (const host of ['127.0.0.1', '127.0.0.2'])
    expect(await (await fetch(`http://${host}:${port}`)).text()).toBe(host);
  const client = connect(port, '127.0.0.2');
  client.end('no HTTP');
  await once(client, 'close');
  expect(errorCodes).toEqual(['HPE_INVALID_METHOD']);
  await app.close();
  await expect(fetch(`http://127.0.0.2:${port}`)).rejects.toThrow();
});
