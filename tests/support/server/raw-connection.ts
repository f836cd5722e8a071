// TCP connections that send bytes unchanged, for requests that HTTP clients cannot send.

import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const WAIT_MS = 10_000;

/**
 * Sends bytes over a new connection and closes it.
 * @param until stops waiting when the received text matches; by default when the server closes the connection
 * @returns the received text, after ten seconds at the latest
 */
export async function exchangeBytes(port: number, bytes: string, until?: RegExp): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  let received = '';
  const complete = new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      received += String(data);
      if (until?.test(received)) resolve();
    });
    socket.on('close', () => resolve());
  });
  socket.write(bytes);
  await Promise.race([complete, sleep(WAIT_MS, undefined, { ref: false })]);
  socket.destroy();
  return received;
}
