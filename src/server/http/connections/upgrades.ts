// Requests that offer to change the protocol. Node hands every one of them over as soon as anybody listens for upgrades, and
// Fastify never sees it. Only a WebSocket at an address that takes one is ours; RFC 9110 section 7.8 lets a server ignore
// all other offers, so those requests are served as if they had not made one: `curl --http2` and Java's HttpClient offer
// h2c with each request, its body included.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** bytes that came after the request's headers */
  readonly head: Buffer;
}

const taken = new WeakSet<Duplex>();

/** Whether a handshake on this socket was ours: nobody else, who was shown it too, may answer it. */
export const isTaken = (socket: Duplex): boolean => taken.has(socket);

/** Who takes the handshakes of a server, by path: of several servers' worth of routes on one address each has its own. */
const TAKERS = new WeakMap<Server, Map<string, (upgrade: Upgrade) => void>>();

/**
 * Gives `take` each WebSocket handshake for `path`, and every other request back to the server: but where an application
 * listens for upgrades too, those are its own.
 */
export function takeUpgrades(server: Server, path: string, take: (upgrade: Upgrade) => void): void {
  const takers = TAKERS.get(server) ?? listenFor(server);
  takers.set(path, take);
}

function listenFor(server: Server): Map<string, (upgrade: Upgrade) => void> {
  const takers = new Map<string, (upgrade: Upgrade) => void>();
  TAKERS.set(server, takers);
  const answering = new WeakMap<Duplex, Set<ServerResponse>>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const open = answering.get(socket) ?? new Set();
    answering.set(socket, open.add(response));
    response.once('close', () => open.delete(response));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const take = isHandshake(request) ? takers.get(pathOf(request)) : undefined;
    if (take === undefined && server.listenerCount('upgrade') > 1) return;
    socket.on('error', () => socket.destroy()); // nobody else listens for as long as it is ours
    if (take === undefined) {
      serveWithout(server, { request, socket, head }, answering.get(socket) ?? new Set());
      return;
    }
    taken.add(socket);
    take({ request, socket, head });
  });
  return takers;
}

function isHandshake({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?', 1)[0] ?? '';

// The parser has let go of the socket, so the request is written down again without its offer, and the server reads it as
// it reads the first bytes of any connection: the body is still whole, and more requests may follow.
//
// Who sends requests without waiting for answers may have some to come: they are sent before the next one is read.
function serveWithout(
  server: Server,
  { request, socket, head }: Upgrade,
  answering: ReadonlySet<ServerResponse>,
): void {
  socket.pause();
  socket.unshift(Buffer.concat([Buffer.from(withoutOffer(request), 'latin1'), head]));
  const goOn = (): void => {
    if (socket.destroyed) return;
    server.emit('connection', socket);
    socket.resume();
  };
  let left = answering.size;
  if (left === 0) goOn();
  for (const response of answering) {
    response.once('close', () => {
      if (--left === 0) goOn();
    });
  }
}

function withoutOffer({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [rawHeaders[at], rawHeaders[at + 1]];
    const kept = keptValue(name.toLowerCase(), value);
    if (kept !== undefined) lines.push(`${name}: ${kept}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function keptValue(name: string, value: string): string | undefined {
  if (name === 'upgrade' || name === 'http2-settings') return undefined;
  if (name !== 'connection') return value;
  const others = value
    .split(',')
    .map((one) => one.trim())
    .filter((one) => !/^(upgrade|http2-settings)$/i.test(one));
  return others.length === 0 ? undefined : others.join(', ');
}
