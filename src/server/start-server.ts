// The server as one call: routes, errors, listening, closing. It listens before the model has loaded, so
// that the page opens at once; /health says how far loading is.

import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import fastify, { type FastifyInstance } from 'fastify';
import { asQuireError, QuireError } from '../base/errors.ts';
import { ConversationLibrary } from '../chat/conversation-library.ts';
import type { ConversationStore } from '../chat/conversation-store.ts';
import { openMemoryStore } from '../chat/storage/open-store.ts';
import type { Engine } from '../engine/engine.ts';
import { chatRoute } from './chat-route.ts';
import { conversationRoutes } from './conversation-routes.ts';
import { EngineState } from './engine-state.ts';
import { healthRoute } from './health-route.ts';
import { clientErrors, frameworkErrors, installErrors, type Log } from './http-errors.ts';
import { LiveTurns } from './live-turns.ts';
import { pageRoute } from './page-route.ts';

export interface ServerOptions {
  /** may still be loading; the caller disposes of it after the server has closed */
  readonly engine: Promise<Engine> | Engine;
  /** an address or a name of this machine */
  readonly host: string;
  /** 0 takes any free port */
  readonly port: number;
  /** where conversations are kept, closed with the server; memory, until the server ends, when absent */
  readonly store?: ConversationStore;
  /** a folder with index.html; the built page of this package when absent */
  readonly pageDir?: string;
  /** origins besides the server's own whose pages may open the chat socket */
  readonly allowedOrigins?: readonly string[];
  /** takes one line for each failure that is the server's own fault */
  readonly log?: Log;
}

export interface RunningServer {
  /** for example `http://127.0.0.1:7847` */
  readonly url: string;
  readonly port: number;
  /** Stops answers within a step, closes sockets, and stops listening. */
  close(): Promise<void>;
}

// src/server while developing and dist/server when built: both are two folders below the package.
const BUILT_PAGE = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Serves the chat and the page. Rejects with `port_in_use` or `address_unavailable`. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const log = options.log ?? (() => undefined);
  const state = new EngineState(options.engine);
  const app = fastify({
    forceCloseConnections: true,
    genReqId: () => `req_${randomUUID()}`,
    frameworkErrors,
    clientErrorHandler: clientErrors,
  });
  installErrors(app, log);
  healthRoute(app, state);
  const store = await (options.store ?? openMemoryStore());
  const onFailure = (error: unknown): void => log(asQuireError(error).line);
  const library = new ConversationLibrary(state.promise, { store, onFailure });
  const world = { engine: state.promise, library, turns: new LiveTurns(log) };
  await chatRoute(app, { world, allowedOrigins: options.allowedOrigins ?? [], log });
  conversationRoutes(app, world, store);
  app.addHook('onClose', () => store.close());
  await pageRoute(app, options.pageDir ?? BUILT_PAGE);
  await listen(app, options.host, options.port);
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://${hostForUrl(options.host)}:${port}`, port, close: () => app.close() };
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw listenError(error, host, port);
  }
}

function listenError(error: unknown, host: string, port: number): QuireError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const options = { cause: error };
  if (code === 'EADDRINUSE') {
    const hint = 'stop the other program, or choose another port with --port (0 takes any free one)';
    return new QuireError('port_in_use', `port ${port} on ${host} is in use`, hint, options);
  }
  if (code === 'EACCES') {
    const what = `port ${port} on ${host} needs rights that this user does not have`;
    return new QuireError('address_unavailable', what, 'choose a port above 1023 with --port', options);
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EINVAL') {
    const what = `${host} is not an address of this machine`;
    return new QuireError(
      'address_unavailable',
      what,
      'choose another with --host, or leave it out',
      options,
    );
  }
  return asQuireError(error);
}

function hostForUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
