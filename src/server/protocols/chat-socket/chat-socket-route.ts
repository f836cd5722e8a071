// The route /ws/chat: accepts WebSocket handshakes, rejects foreign pages, and runs one session per socket. If a frame is invalid,
// the session sends an `error` event, and the socket stays open.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import { asQuireError, QuireError } from '../../../base/errors.ts';
import { saltFor } from '../../../service/cache-salt.ts';
import { shuttingDownError } from '../../../service/shutting-down.ts';
import { errorEvent } from '../../../service/turn-events.ts';
import { handleUpgrades, isUpgradeHandled } from '../../http/connections/upgrades.ts';
import { sendError } from '../../http/errors/error-response.ts';
import { endWithError } from '../../http/errors/raw-error.ts';
import { bearerToken } from '../../http/keys/authentication.ts';
import {
  MAX_SOCKET_SHARE_PER_KEY,
  MAX_SOCKETS,
  SOCKET_CLOSE_GRACE_MS,
  SOCKET_MESSAGE_TIMEOUT_MS,
  SOCKET_PING_MS,
} from '../../http/limits.ts';
import { forbiddenOriginError, isPageAllowed } from '../../http/origins/check-origin.ts';
import type { ServerContext } from '../../http/server-context.ts';
import { prefixOf } from '../../http/url-path.ts';
import { MESSAGE_LIMIT_BYTES, parseCommand } from './chat-command.ts';
import type { ChatEvent } from './chat-events.ts';
import { type ChatServices, ChatSession } from './chat-session.ts';
import { EventSender } from './event-sender.ts';
import { MessageTimeout } from './message-timeout.ts';

// The WebSocket library rejects a frame above this limit before it is buffered, and closes the socket with code 1009. A frame
// between the message limit and this limit is received and rejected with an event, and the socket stays open.
const FRAME_LIMIT_BYTES = MESSAGE_LIMIT_BYTES + 64 * 1024;
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;
const SUBPROTOCOL = 'quire';
const KEY_SUBPROTOCOL_PREFIX = 'quire.key.';

type Sessions = Map<WebSocket, ChatSession>;

/** Registers the route; must be called before the server listens. */
export function chatSocketRoute(app: FastifyInstance, context: ServerContext): void {
  const { service, limits, sockets, hooks, log } = context;
  const services: ChatServices = { service, limits, maxTurns: sockets.maxTurns };
  const sessions: Sessions = new Map();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: FRAME_LIMIT_BYTES,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  server.on('error', (error) => log(`chat socket: ${error.message}`));
  let stopping = false;
  handleUpgrades(app.server, `${prefixOf(app)}/ws/chat`, ({ request, socket, head }) => {
    try {
      if (stopping) throw shuttingDownError();
      if (!isPageAllowed(app, request, context.allowedOrigins))
        throw forbiddenOriginError(request.headers.origin);
      const keyId = checkSocketKey(app, request);
      checkSocketCount([...sessions.values()], keyId, sockets.maxSockets);
      server.handleUpgrade(request, socket, head, (webSocket) => {
        limitMessageTime(webSocket, socket, sockets.messageTimeoutMs ?? SOCKET_MESSAGE_TIMEOUT_MS);
        openSession(webSocket, keyId, sessions, services, context);
      });
    } catch (error) {
      socket.once('finish', () => socket.destroy());
      endWithError(socket, asQuireError(error));
    }
  });
  const pingTimer = pingSockets(sessions, sockets.pingMs ?? SOCKET_PING_MS);
  app.addHook('preClose', async () => {
    stopping = true;
    clearInterval(pingTimer);
    await service.turns.close();
    await closeAll(sessions);
  });
  addHttpRoute(app);
  hooks.onStop.push(() => {
    stopping = true;
  });
  hooks.onRevoke.push((keyIds) => {
    for (const [socket, { owner }] of sessions) {
      if (!keyIds.includes(owner)) continue;
      socket.removeAllListeners('message'); // the client may answer the closing handshake late, or never
      socket.close(POLICY_VIOLATION, 'the API key is no longer valid');
    }
  });
}

/** Responds to requests for /ws/chat that are not handshakes. */
function addHttpRoute(app: FastifyInstance): void {
  app.route({
    method: 'GET',
    url: '/ws/chat',
    config: { public: true },
    handler: async (request, reply) => {
      // The application has a plugin that routes handshakes too; this handshake is already handled.
      if (isUpgradeHandled(request.raw.socket)) return reply.hijack();
      const error = new QuireError(
        'bad_message',
        '/ws/chat only supports WebSocket',
        'connect with a WebSocket client',
      );
      return sendError(reply.header('upgrade', 'websocket'), error, 426);
    },
  });
}

// A page cannot set headers on a WebSocket, so it sends the key as a subprotocol, which does not appear in URLs or logs.
function checkSocketKey(app: FastifyInstance, request: IncomingMessage): string {
  const { authorization, 'sec-websocket-protocol': offered = '' } = request.headers;
  const encoded = offered
    .split(',')
    .map((protocol) => protocol.trim())
    .find((protocol) => protocol.startsWith(KEY_SUBPROTOCOL_PREFIX))
    ?.slice(KEY_SUBPROTOCOL_PREFIX.length);
  const fromProtocol = encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString();
  const keyId = app.checkKey(bearerToken(authorization) ?? fromProtocol);
  if (keyId !== undefined) return keyId;
  const hint = 'send "Authorization: Bearer KEY", or from a page the subprotocol quire.key.BASE64URL';
  throw new QuireError('unauthorized', 'the handshake has no valid API key', hint);
}

function checkSocketCount(sessions: readonly ChatSession[], keyId: string, limit = MAX_SOCKETS): void {
  if (sessions.length >= limit) {
    throw new QuireError(
      'busy',
      `all ${limit} sockets are in use`,
      'try again later, or close other sockets',
    );
  }
  // One key cannot use all sockets. Without keys all clients share one id, so this limit does not apply.
  const keySocketCount = sessions.filter(({ owner }) => owner === keyId).length;
  if (keyId === '' || keySocketCount < Math.ceil(limit * MAX_SOCKET_SHARE_PER_KEY)) return;
  throw new QuireError('busy', `this key has ${keySocketCount} open sockets`, 'close some of its sockets');
}

// A client that does not answer a ping has disconnected, or has not finished sending a frame.
function pingSockets(sessions: Sessions, intervalMs: number): NodeJS.Timeout {
  const unanswered = new WeakSet<WebSocket>();
  const timer = setInterval(() => {
    for (const socket of sessions.keys()) {
      if (unanswered.has(socket)) {
        socket.terminate();
        continue;
      }
      unanswered.add(socket);
      socket.once('pong', () => unanswered.delete(socket));
      socket.ping();
    }
  }, intervalMs);
  return timer.unref();
}

/** @param connection the raw connection of the socket */
function limitMessageTime(socket: WebSocket, connection: Duplex, limitMs: number): void {
  const timeout = new MessageTimeout(limitMs, () => socket.terminate());
  connection.on('data', (bytes: Buffer) => timeout.feed(bytes));
  socket.once('close', () => timeout.stop());
}

function openSession(
  socket: WebSocket,
  keyId: string,
  sessions: Sessions,
  services: ChatServices,
  { sse, shareCache, log }: ServerContext,
): void {
  const sender = new EventSender(socket, sse.slowReaderMs);
  const send = (event: ChatEvent): Promise<void> => sender.send(event);
  const cacheSalt = saltFor({ keyId, cacheSalt: undefined, shareCache });
  const session = new ChatSession(services, { send, owner: keyId, cacheSalt });
  sessions.set(socket, session);
  socket.on('message', (data, isBinary) => {
    try {
      session.receive(parseCommand(frameText(data, isBinary)));
    } catch (error) {
      sender.post(errorEvent(asQuireError(error)));
    }
  });
  // The library closes the socket after a protocol error, with a code that states the reason. Only faults of the server are
  // logged, so that clients cannot fill the log.
  socket.on('error', (error) => {
    if (!isClientError(error)) log(`chat socket: ${error.message}`);
  });
  socket.on('close', () => {
    sessions.delete(socket);
    session.close().catch((error: unknown) => log(asQuireError(error).fullLine));
  });
}

/** Whether the cause of an error is a frame that violates the protocol, or a broken connection. */
function isClientError(error: Error & { code?: string }): boolean {
  return /^(WS_ERR_|ECONNRESET$|EPIPE$)/.test(error.code ?? '');
}

function frameText(data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean): string {
  if (isBinary) {
    throw new QuireError('bad_message', 'the frame is binary', 'send JSON as a text frame');
  }
  // ws passes a text frame as one Buffer, because `binaryType` has its default value.
  const bytes = data as Buffer;
  if (bytes.length > MESSAGE_LIMIT_BYTES) {
    const message = `the frame has ${bytes.length} bytes, and at most ${MESSAGE_LIMIT_BYTES} are allowed`;
    throw new QuireError('bad_message', message, 'send a shorter message');
  }
  return bytes.toString('utf8');
}

/** Ends all sessions, then closes all sockets. Sockets that do not complete the closing handshake in time are terminated. */
async function closeAll(sessions: Sessions): Promise<void> {
  const sockets = [...sessions.keys()];
  const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.terminate();
  }, SOCKET_CLOSE_GRACE_MS);
  const ended = Promise.all([...sessions.values()].map((session) => session.close()));
  await Promise.race([ended, Promise.all(closed)]); // a turn that is still being stored does not delay closing
  for (const socket of sockets) socket.close(GOING_AWAY, 'the server is stopping');
  await Promise.all(closed);
  clearTimeout(timer);
}
