// /ws/chat: opens a session for each socket, refuses foreign pages, and turns frames into commands. Whatever
// is wrong with a frame is answered with an `error` event, and the socket stays open.

import websocket, { type WebSocket } from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asQuireError, QuireError } from '../../base/errors.ts';
import { bearerToken } from '../api-keys.ts';
import { saltFor } from '../cache-salt.ts';
import { type Log, sendError } from '../http-errors.ts';
import { isLoopbackName, mayConnect } from '../origin-check.ts';
import { type ChatEvent, errorEvent } from './chat-events.ts';
import { MESSAGE_LIMIT_BYTES, parseCommand } from './chat-protocol.ts';
import { ChatSession, type ChatWorld } from './chat-session.ts';
import { EventSender } from './event-sender.ts';

// Above this the WebSocket library itself refuses: the socket closes with code 1009 before the frame is
// held in memory. Between the two limits the frame is read, refused, and the socket stays open.
const FRAME_LIMIT_BYTES = 16 * MESSAGE_LIMIT_BYTES;
const CLOSE_GRACE_MS = 1000;
const PROTOCOL = 'quire';
const KEY_PROTOCOL = 'quire.key.';

export interface ChatRouteOptions {
  readonly world: ChatWorld;
  readonly allowedOrigins: readonly string[];
  /** keys find each other's computed text */
  readonly shareCache: boolean;
  /** a socket that takes nothing for so long is cut */
  readonly slowReaderMs: number;
  readonly log: Log;
}

export async function chatRoute(app: FastifyInstance, options: ChatRouteOptions): Promise<void> {
  const sessions = new Map<WebSocket, ChatSession>();
  await app.register(websocket, {
    options: {
      maxPayload: FRAME_LIMIT_BYTES,
      handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
    },
    // The library closes the socket by itself after a protocol error, with a code that says why. The log is for
    // faults of the server: what a client sends must not fill it.
    errorHandler: (error) => {
      if (!isPeersFault(error)) options.log(`chat socket: ${error.message}`);
    },
    preClose: async () => {
      await closeAll(sessions);
      await options.world.turns.close();
    },
  });
  app.route({
    method: 'GET',
    url: '/ws/chat',
    preValidation: [
      (request, reply) => refuseForeign(app, request, reply, options.allowedOrigins),
      (request, reply) => refuseUnknown(app, request, reply),
    ],
    handler: async (_request, reply) => {
      const error = new QuireError('bad_message', '/ws/chat speaks WebSocket only', 'connect with ws://');
      await sendError(reply.header('upgrade', 'websocket'), error, 426);
    },
    wsHandler: (socket, request) => openSession(socket, request.keyId, sessions, options),
  });
}

async function refuseForeign(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
  allowed: readonly string[],
): Promise<void> {
  const { origin, host } = request.headers;
  const address = app.server.address();
  const loopback = typeof address === 'object' && address !== null && isLoopbackName(address.address);
  if (!request.ws || mayConnect({ origin, host, loopback, allowed })) return;
  const what = `pages of ${origin} may not use this server`;
  const hint = 'open the page that this server offers, or allow the origin when starting it';
  await sendError(reply, new QuireError('bad_message', what, hint), 403);
}

// A page cannot set a header on a socket, so it brings its key as a subprotocol, which no address or log shows.
async function refuseUnknown(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (!request.ws) return;
  const { authorization, 'sec-websocket-protocol': offered = '' } = request.headers;
  const coded = offered
    .split(',')
    .map((one) => one.trim())
    .find((one) => one.startsWith(KEY_PROTOCOL));
  const given =
    coded === undefined ? undefined : Buffer.from(coded.slice(KEY_PROTOCOL.length), 'base64url').toString();
  const keyId = app.checkKey(bearerToken(authorization) ?? given);
  if (keyId !== undefined) {
    request.keyId = keyId;
    return;
  }
  const hint = 'send "Authorization: Bearer KEY", or from a page the subprotocol quire.key.BASE64URL';
  await sendError(reply, new QuireError('unauthorized', 'the socket came without a good API key', hint));
}

function openSession(
  socket: WebSocket,
  keyId: string,
  sessions: Map<WebSocket, ChatSession>,
  options: ChatRouteOptions,
): void {
  const sender = new EventSender(socket, options.slowReaderMs);
  const send = (event: ChatEvent): Promise<void> => sender.send(event);
  const cacheSalt = saltFor({ keyId, cacheSalt: undefined, shareCache: options.shareCache });
  const session = new ChatSession(options.world, { send, owner: keyId, cacheSalt });
  sessions.set(socket, session);
  socket.on('message', (data, isBinary) => {
    try {
      session.receive(parseCommand(frameText(data, isBinary)));
    } catch (error) {
      void sender.send(errorEvent(asQuireError(error)));
    }
  });
  socket.on('close', () => {
    sessions.delete(socket);
    void session.close();
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
  await Promise.all([...sessions.values()].map((session) => session.close()));
  for (const socket of sockets) socket.close(1001, 'the server is stopping');
  await Promise.all(closed);
  clearTimeout(timer);
}
