// Sends the requests of attacks: complete requests with `fetch`, and raw bytes for requests that HTTP clients cannot send.

import { connect, type Socket } from 'node:net';
import { bearer, jsonPost } from '../support/server/http-calls.ts';

export interface Target {
  readonly url: string;
  readonly key: string;
}

const TIMEOUT_MS = 60_000;

/** Posts `body`. Returns the status of the response, or the name of the error. */
export async function post({ url, key }: Target, path: string, body: object | string): Promise<string> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url + path, { ...jsonPost(body, bearer(key)), signal });
    await response.text();
    return String(response.status);
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

/** Opens a connection, sends `parts` and keeps the connection open. */
export function openConnection(
  url: string,
  parts: readonly (string | Buffer)[],
  readsResponse = true,
): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  if (readsResponse) socket.resume();
  else socket.pause();
  for (const part of parts) socket.write(part);
  return socket;
}

/** Closes a connection. Returns `ended` if the server had already ended the connection, otherwise `open`. */
export function closeConnection(socket: Socket): string {
  const outcome = socket.destroyed || socket.readableEnded ? 'ended' : 'open';
  socket.destroy();
  return outcome;
}

/** Sends bytes and returns the status of the first response. */
export function rawRequest(url: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    let response = '';
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.setEncoding('latin1').on('data', (text: string) => {
      response += text;
    });
    socket.on('error', () => {}); // the close event follows
    socket.on('close', () => resolve(/^HTTP\/1\.1 (\d+)/.exec(response)?.[1] ?? 'no response'));
  });
}
