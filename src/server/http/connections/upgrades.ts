// Handles requests with an Upgrade header. Once a server has an `upgrade` listener, Node passes every such request to the
// listener, and Fastify never receives them. Only WebSocket handshakes for a registered path are accepted. RFC 9110 section 7.8
// allows a server to ignore other Upgrade headers, so those requests are served without it: `curl --http2` and Java's HttpClient
// offer h2c with every request, even with a body.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pathOf } from '../url-path.ts';

export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** bytes received after the request headers */
  readonly head: Buffer;
}

type UpgradeHandler = (upgrade: Upgrade) => void;

const handledSockets = new WeakSet<Duplex>();

/** Whether this module handles the handshake on a socket. Other listeners also receive the handshake, and must not answer it. */
export const isUpgradeHandled = (socket: Duplex): boolean => handledSockets.has(socket);

/** The handlers of each server by path: an application may register the plugin several times under different prefixes. */
const HANDLERS = new WeakMap<Server, Map<string, UpgradeHandler>>();

/**
 * Calls `handler` for each WebSocket handshake on `path`. The server serves all other requests, unless the application has an
 * `upgrade` listener, which then handles them.
 */
export function handleUpgrades(server: Server, path: string, handler: UpgradeHandler): void {
  const handlers = HANDLERS.get(server) ?? addListener(server);
  handlers.set(path, handler);
}

function addListener(server: Server): Map<string, UpgradeHandler> {
  const handlers = new Map<string, UpgradeHandler>();
  HANDLERS.set(server, handlers);
  const openResponses = new WeakMap<Duplex, Set<ServerResponse>>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const open = openResponses.get(socket) ?? new Set();
    openResponses.set(socket, open.add(response));
    response.once('close', () => open.delete(response));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const handler = isHandshake(request) ? handlers.get(pathOf(request)) : undefined;
    if (handler === undefined && server.listenerCount('upgrade') > 1) return;
    socket.on('error', () => socket.destroy()); // Node has removed its error listener
    if (handler === undefined) {
      serveWithoutUpgrade(server, { request, socket, head }, openResponses.get(socket) ?? new Set());
      return;
    }
    handledSockets.add(socket);
    handler({ request, socket, head });
  });
  return handlers;
}

function isHandshake({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

// Node's parser has released the socket, so the request is serialized again without the Upgrade header, and the server parses
// the socket like a new connection. The body has not been read, and more requests may follow.
//
// If the client pipelines requests, responses to earlier requests may be open; they are sent before the request is parsed.
function serveWithoutUpgrade(
  server: Server,
  { request, socket, head }: Upgrade,
  earlierResponses: ReadonlySet<ServerResponse>,
): void {
  socket.pause();
  socket.unshift(Buffer.concat([Buffer.from(headWithoutUpgrade(request), 'latin1'), head]));
  const serve = (): void => {
    if (socket.destroyed) return;
    server.emit('connection', socket);
    socket.resume();
  };
  let pendingCount = earlierResponses.size;
  if (pendingCount === 0) serve();
  for (const response of earlierResponses) {
    response.once('close', () => {
      if (--pendingCount === 0) serve();
    });
  }
}

function headWithoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]];
    const remaining = valueWithoutUpgrade(name.toLowerCase(), value);
    if (remaining !== undefined) lines.push(`${name}: ${remaining}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function valueWithoutUpgrade(name: string, value: string): string | undefined {
  if (name === 'upgrade' || name === 'http2-settings') return undefined;
  if (name !== 'connection') return value;
  const options = value
    .split(',')
    .map((option) => option.trim())
    .filter((option) => !/^(upgrade|http2-settings)$/i.test(option));
  return options.length === 0 ? undefined : options.join(', ');
}
