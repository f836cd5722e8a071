import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { EventSender } from './event-sender.ts';

const EVENT = { type: 'stream', content: 'x'.repeat(64 * 1024) } as const;

async function connectedSockets() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[socket]] = await Promise.all([once(server, 'connection'), once(client, 'open')]);
  return { server, client, socket: socket as WebSocket };
}

test('EventSender waits for a client that does not read, and buffers a limited number of bytes', async () => {
  const { server, client, socket } = await connectedSockets();
  client.pause();
  const sender = new EventSender(socket);
  let isWaiting = false;
  let sent = 0;
  for (; sent < 1000 && !isWaiting; sent++) {
    isWaiting = await Promise.race([sender.send(EVENT).then(() => false), sleep(200).then(() => true)]);
  }
  expect(isWaiting).toBe(true);
  expect(socket.bufferedAmount).toBeLessThan(512 * 1024);
  expect(socket.isPaused).toBe(true);
  let read = 0;
  client.on('message', () => {
    read += 1;
  });
  client.resume();
  await expect.poll(() => read).toBe(sent);
  await expect.poll(() => socket.isPaused).toBe(false);
  client.terminate();
  server.close();
});

test('EventSender disconnects a client that does not read pending events in time, and does not disconnect a client without pending events', async () => {
  const { server, client, socket } = await connectedSockets();
  const sender = new EventSender(socket, 100);
  await sender.send({ type: 'reset' });
  await once(client, 'message');
  await sleep(300);
  expect(socket.readyState).toBe(socket.OPEN);
  client.pause();
  const closeEvent = once(socket, 'close');
  let sent = 0;
  while (socket.readyState === socket.OPEN && sent++ < 1000) await sender.send(EVENT);
  await closeEvent;
  expect(sent).toBeLessThan(1000);
  client.terminate();
  server.close();
});

test('EventSender does nothing on a closed socket', async () => {
  const { server, client, socket } = await connectedSockets();
  client.terminate();
  await once(socket, 'close');
  await new EventSender(socket).send(EVENT);
  server.close();
});
