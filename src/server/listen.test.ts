import fastify from 'fastify';
import { expect, test } from 'vitest';
import { listen } from './listen.ts';

test('a connection that cannot be accepted is a line of the log', async () => {
  const app = fastify();
  const log: string[] = [];
  await listen(app, '127.0.0.1', 0, (line) => log.push(line));
  app.server.emit('error', new Error('accept ENOBUFS'));
  await app.close();
  expect(log).toEqual([expect.stringContaining('accept ENOBUFS')]);
});
