// /ws/chat: opens a session for each socket, refuses foreign pages, and turns frames into commands. Whatever
// is wrong with a frame is answered with an `error` event, and the socket stays open.

import { randomUUID } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import { asQuireError, QuireError } from '../../../base/errors.ts';
import { saltFor } from '../../../service/cache-salt.ts';
import { errorEvent } from '../../../service/turn-events.ts';
import { isTaken, takeUpgrades } from '../../http/connections/upgrades.ts';
import { errorBody, sendError } from '../../http/errors/http-errors.ts';
import { bearerToken } from '../../http/keys/authentication.ts';
import {
  CLOSE_GRACE_MS,
  MOST_SHARE_OF_A_KEY,
  MOST_SOCKETS,
  SOCKET_MESSAGE_MS,
  SOCKET_PING_MS,
} from '../../http/limits.ts';
import { isLoopbackName, mayConnect } from '../../http/origins/origin-rules.ts';
import type { ApiContext } from '../../http/server-context.ts';
import { prefixOf } from '../../http/url-prefix.ts';
import { MESSAGE_LIMIT_BYTES, parseCommand } from './chat-command.ts';
import type { ChatEvent } from './chat-events.ts';
import { ChatSession, type ChatWorld } from './chat-session.ts';
import { EventSender } from './event-sender.ts';
import { MessageClock } from './message-timeout.ts';

// Above this the WebSocket library itself refuses: the socket closes with code 1009 before the frame is
// held in memory. Between the two limits the frame is read, refused, and the socket stays open.
const FRAME_LIMIT_BYTES = MESSAGE_LIMIT_BYTES + 64 * 1024;
const POLICY_VIOLATION = 1008;
const PROTOCOL = 'quire';
const KEY_PROTOCOL = 'quire.key.';

/** Must be called before the server listens. */
export function chatRoute(app: FastifyInstance, context: ApiContext): void {
  const { service, limits, sockets, parts, log } = context;
  const world: ChatWorld = { service, limits, mostTurns: sockets.mostTurns };
  const sessions = new Map<WebSocket, ChatSession>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: FRAME_LIMIT_BYTES,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
  server.on('error', (error) => log(`chat socket: ${error.message}`));
  let stopping = false;
  takeUpgrades(app.server, `${prefixOf(app)}/ws/chat`, ({ request, socket, head }) => {
    try {
      if (stopping)
        throw new QuireError('shutting_down', 'the server is stopping', 'try again when it is back');
      checkOrigin(app, request, context.allowedOrigins);
      const keyId = checkSocketKey(app, request);
      checkRoom([...sessions.values()], keyId, sockets.most);
      server.handleUpgrade(request, socket, head, (one) => {
        limitMessages(one, socket, sockets.messageMs ?? SOCKET_MESSAGE_MS);
        openSession(one, keyId, sessions, world, context);
      });
    } catch (error) {
      refuseHandshake(socket, asQuireError(error));
    }
  });
  const watch = watchSockets(sessions, sockets.pingMs ?? SOCKET_PING_MS);
  app.addHook('preClose', async () => {
    stopping = true;
    clearInterval(watch);
    await service.turns.close();
    await closeAll(sessions);
  });
  app.route({
    method: 'GET',
    url: '/ws/chat',
    config: { open: true },
    handler: async (request, reply) => {
      if (isTaken(request.raw.socket)) return reply.hijack(); // by a plugin that sends handshakes through the router
      const error = new QuireError('bad_message', '/ws/chat speaks WebSocket only', 'connect with ws://');
      return sendError(reply.header('upgrade', 'websocket'), error, 426);
    },
  });
  parts.stopping.push(() => {
    stopping = true;
  });
  parts.revoking.push((keyIds) => {
    for (const [socket, { owner }] of sessions) {
      if (!keyIds.includes(owner)) continue;
      socket.removeAllListeners('message'); // its client may answer the close late, or never
      socket.close(POLICY_VIOLATION, 'no such API key any more');
    }
  });
}

function checkOrigin(app: FastifyInstance, request: IncomingMessage, allowed: readonly string[]): void {
  const { origin, host } = request.headers;
  const address = app.server.address();
  const loopback = typeof address === 'object' && address !== null && isLoopbackName(address.address);
  if (mayConnect({ origin, host, loopback, allowed })) return;
  const what = `pages of ${origin?.slice(0, 100)} may not use this server`;
  const hint = 'open the page that this server offers, or allow the origin when starting it';
  throw new QuireError('forbidden_origin', what, hint);
}

// A page cannot set a header on a socket, so it brings its key as a subprotocol, which no address or log shows.
function checkSocketKey(app: FastifyInstance, request: IncomingMessage): string {
  const { authorization, 'sec-websocket-protocol': offered = '' } = request.headers;
  const coded = offered
    .split(',')
    .map((one) => one.trim())
    .find((one) => one.startsWith(KEY_PROTOCOL));
  const given =
    coded === undefined ? undefined : Buffer.from(coded.slice(KEY_PROTOCOL.length), 'base64url').toString();
  const keyId = app.checkKey(bearerToken(authorization) ?? given);
  if (keyId !== undefined) return keyId;
  const hint = 'send "Authorization: Bearer KEY", or from a page the subprotocol quire.key.BASE64URL';
  throw new QuireError('unauthorized', 'the socket came without a good API key', hint);
}

function checkRoom(sessions: readonly ChatSession[], keyId: string, most = MOST_SOCKETS): void {
  if (sessions.length >= most) {
    throw new QuireError('busy', `all ${most} sockets are in use`, 'try again later, or close others');
  }
  // Half for one key, so that it cannot shut out the others; without keys everybody is one.
  const ofKey = sessions.filter(({ owner }) => owner === keyId).length;
  if (keyId === '' || ofKey < Math.ceil(most * MOST_SHARE_OF_A_KEY)) return;
  throw new QuireError('busy', `this key has ${ofKey} sockets open`, 'close some of them');
}

/** Answers a handshake as HTTP, in the form of all errors, and ends the connection. */
function refuseHandshake(socket: Duplex, error: QuireError): void {
  const body = JSON.stringify(errorBody(error));
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: req_${randomUUID()}`,
    'connection: close',
    ...(error.status === 429 || error.status === 503 ? ['retry-after: 1'] : []),
    ...(error.status === 401 ? ['www-authenticate: Bearer'] : []),
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

// A peer that answers no ping has gone, or sits in the middle of a frame that it never ends.
function watchSockets(sessions: ReadonlyMap<WebSocket, ChatSession>, everyMs: number): NodeJS.Timeout {
  const asked = new WeakSet<WebSocket>();
  const timer = setInterval(() => {
    for (const socket of sessions.keys()) {
      if (asked.has(socket)) {
        socket.terminate();
        continue;
      }
      asked.add(socket);
      socket.once('pong', () => asked.delete(socket));
      socket.ping();
    }
  }, everyMs);
  return timer.unref();
}

/** @param connection what the socket reads from */
function limitMessages(socket: WebSocket, connection: Duplex, limitMs: number): void {
  const clock = new MessageClock(limitMs, () => socket.terminate());
  connection.on('data', (bytes: Buffer) => clock.feed(bytes));
  socket.once('close', () => clock.stop());
}

function openSession(
  socket: WebSocket,
  keyId: string,
  sessions: Map<WebSocket, ChatSession>,
  world: ChatWorld,
  { sse, shareCache, log }: ApiContext,
): void {
  const sender = new EventSender(socket, sse.slowReaderMs);
  const send = (event: ChatEvent): Promise<void> => sender.send(event);
  const cacheSalt = saltFor({ keyId, cacheSalt: undefined, shareCache });
  const session = new ChatSession(world, { send, owner: keyId, cacheSalt });
  sessions.set(socket, session);
  socket.on('message', (data, isBinary) => {
    try {
      session.receive(parseCommand(frameText(data, isBinary)));
    } catch (error) {
      sender.post(errorEvent(asQuireError(error)));
    }
  });
  // The library closes the socket by itself after a protocol error, with a code that says why. The log is for faults of
  // the server: what a client sends must not fill it.
  socket.on('error', (error) => {
    if (!isPeersFault(error)) log(`chat socket: ${error.message}`);
  });
  socket.on('close', () => {
    sessions.delete(socket);
    session.close().catch((error: unknown) => log(asQuireError(error).fullLine));
  });
}

/** A frame against the protocol, or a connection that broke. */
function isPeersFault(error: Error & { code?: string }): boolean {
  return /^(WS_ERR_|ECONNRESET$|EPIPE$)/.test(error.code ?? '');
}

function frameText(data: Buffer | ArrayBuffer | Buffer[], isBinary: boolean): string {
  if (isBinary) {
    throw new QuireError('bad_message', 'the frame is binary', 'send JSON as a text frame');
  }
  // ws hands over text frames as one Buffer as long as its binaryType is not changed.
  const bytes = data as Buffer;
  if (bytes.length > MESSAGE_LIMIT_BYTES) {
    const what = `the frame has ${bytes.length} bytes and ${MESSAGE_LIMIT_BYTES} are allowed`;
    throw new QuireError('bad_message', what, 'send a shorter message');
  }
  return bytes.toString('utf8');
}

/** Ends all answers, then all sockets; those that do not follow in time, or do not read, are cut. */
async function closeAll(sessions: ReadonlyMap<WebSocket, ChatSession>): Promise<void> {
  const sockets = [...sessions.keys()];
  const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.terminate();
  }, CLOSE_GRACE_MS);
  const ended = Promise.all([...sessions.values()].map((session) => session.close()));
  await Promise.race([ended, Promise.all(closed)]); // a turn that is still being stored does not hold them
  for (const socket of sockets) socket.close(1001, 'the server is stopping');
  await Promise.all(closed);
  clearTimeout(timer);
}
