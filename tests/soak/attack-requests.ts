// The requests of attacks: complete ones with fetch, and raw bytes for requests that no client sends.

import { connect, type Socket } from 'node:net';
import { bearer, jsonPost } from '../support/server/http-calls.ts';

export interface Target {
  readonly url: string;
  readonly key: string;
}

const TIMEOUT_MS = 60_000;

/** Returns the status, or the name of the error. */
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

/** Opens a connection, sends `parts` and keeps it open. */
export function holdOpen(url: string, parts: readonly (string | Buffer)[], reads = true): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {});
  if (reads) socket.resume();
  else socket.pause();
  for (const part of parts) socket.write(part);
  return socket;
}

/** Closes a connection. Returns whether the server had ended it or held it open. */
export function ended(socket: Socket): string {
  const how = socket.destroyed || socket.readableEnded ? 'ended' : 'held';
  socket.destroy();
  return how;
}

/** Sends bytes and returns the status of the first response. */
export function rawRequest(url: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => {}); // close follows
    socket.on('close', () => resolve(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'no answer'));
  });
}
