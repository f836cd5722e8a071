import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { EventSender } from './event-sender.ts';

const PIECE = { type: 'stream', content: 'x'.repeat(64 * 1024) } as const;

async function pair() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const reader = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[socket]] = await Promise.all([once(server, 'connection'), once(reader, 'open')]);
  return { server, reader, socket: socket as WebSocket };
}

test('sending waits for a client that does not read, and memory stays bounded', async () => {
  const { server, reader, socket } = await pair();
  reader.pause();
  const sender = new EventSender(socket);
  let waiting = false;
  let sent = 0;
  for (; sent < 1000 && !waiting; sent++) {
    waiting = await Promise.race([sender.send(PIECE).then(() => false), sleep(200).then(() => true)]);
  }
  expect(waiting).toBe(true);
  expect(socket.bufferedAmount).toBeLessThan(512 * 1024);
  expect(socket.isPaused).toBe(true);
  let read = 0;
  reader.on('message', () => {
    read += 1;
  });
  reader.resume();
  await expect.poll(() => read).toBe(sent);
  await expect.poll(() => socket.isPaused).toBe(false);
  reader.terminate();
  server.close();
});

test('a client that reads no pending event in time is disconnected; a client without pending events is not', async () => {
  const { server, reader, socket } = await pair();
  const sender = new EventSender(socket, 100);
  await sender.send({ type: 'reset' });
  await once(reader, 'message');
  await sleep(300);
  expect(socket.readyState).toBe(socket.OPEN);
  reader.pause();
  const closed = once(socket, 'close');
  let sent = 0;
  while (socket.readyState === socket.OPEN && sent++ < 1000) await sender.send(PIECE);
  await closed;
  expect(sent).toBeLessThan(1000);
  reader.terminate();
  server.close();
});

test('sending to a closed socket does nothing', async () => {
  const { server, reader, socket } = await pair();
  reader.terminate();
  await once(socket, 'close');
  await new EventSender(socket).send(PIECE);
  server.close();
});
