// The requests of attacks: whole ones by fetch, and bytes over connections where no client would send them.

import { connect, type Socket } from 'node:net';

export interface Target {
  readonly url: string;
  readonly key: string;
}

const PATIENCE_MS = 60_000;

/** The status, or why there is none. */
export async function post({ url, key }: Target, path: string, body: object | string): Promise<string> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(url + path, { method: 'POST', headers, body: text, signal });
    await response.text();
    return String(response.status);
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

/** A connection that is sent `parts` and stays open. */
export function holdOpen(url: string, parts: readonly (string | Buffer)[], reads = true): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {}); // what an attacker is told
  if (reads) socket.resume();
  else socket.pause();
  for (const part of parts) socket.write(part);
  return socket;
}

/** How a connection was until now; ends it. */
export function ended(socket: Socket): string {
  const how = socket.destroyed || socket.readableEnded ? 'ended' : 'held';
  socket.destroy();
  return how;
}

/** The status of the first answer to bytes. */
export function rawRequest(url: string, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => {}); // close follows
    socket.on('close', () => resolve(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'no answer'));
  });
}
