// The server as one call: manners first, then routes, then listening. It listens before the model has loaded, so
// that the page opens at once; /health says how far loading is.

import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import fastify, { type FastifyInstance } from 'fastify';
import { asQuireError, QuireError } from '../base/errors.ts';
import { packageVersion } from '../base/node/package-version.ts';
import { BoundedStore } from '../chat/bounded-store.ts';
import { ConversationLibrary } from '../chat/conversation-library.ts';
import type { ConversationStore } from '../chat/conversation-store.ts';
import { openMemoryStore } from '../chat/storage/open-store.ts';
import type { StorageLimits } from '../chat/storage-quota.ts';
import type { Engine } from '../engine/engine.ts';
import type { ApiContext } from './api-context.ts';
import { type ApiKey, apiKey } from './api-key.ts';
import { installKeys } from './api-keys.ts';
import { chatRoute } from './chat/chat-route.ts';
import { conversationRoutes } from './chat/conversation-routes.ts';
import { LiveTurns } from './chat/live-turns.ts';
import { installCompressedBodies } from './compressed-bodies.ts';
import { Drain } from './drain.ts';
import { EngineState } from './engine-state.ts';
import { healthRoute } from './health-route.ts';
import { clientErrors, frameworkErrors, installErrors, type Log } from './http-errors.ts';
import { installJsonBodies } from './json-bodies.ts';
import { KeyLimiter } from './key-limits.ts';
import { settleOwners } from './key-owners.ts';
import { KeyRing } from './key-ring.ts';
import {
  BODY_LIMIT_BYTES,
  GRACE_MS,
  HEADER_LIMIT_BYTES,
  PING_MS,
  REQUEST_TIMEOUT_MS,
  SLOW_READER_MS,
  STORAGE_OF_KEY,
  STORE_LIMIT_MS,
} from './limits.ts';
import { checkHost, hostForUrl, listen } from './listen.ts';
import { metricsRoute } from './metrics-route.ts';
import { modelsRoute } from './models-route.ts';
import { chatCompletionsRoute } from './openai/chat-route.ts';
import { completionsRoute } from './openai/completions-route.ts';
import { openApiRoute } from './openapi-route.ts';
import { allowedOrigin } from './origin-check.ts';
import { installOrigins } from './origin-hook.ts';
import { pageRoute } from './page-route.ts';
import { installProtocolChecks } from './protocol-checks.ts';
import { faultLog, installRequestLog, type JsonLogOptions, jsonLogger } from './request-log.ts';
import { installNotes } from './request-notes.ts';
import { collectRoutes } from './route-description.ts';
import { ServedModels } from './served-models.ts';
import { dropSlowReaders } from './slow-readers.ts';
import { tokensRoutes } from './tokens-route.ts';
import { versionRoute } from './version-route.ts';

export interface ServerOptions {
  /** may still be loading; the caller disposes of it after the server has closed */
  readonly engine: Promise<Engine> | Engine;
  /** an address or a name of this machine; one that others reach needs `apiKeys` */
  readonly host: string;
  /** 0 takes any free port */
  readonly port: number;
  /** where conversations are kept, closed with the server; memory, until the server ends, when absent */
  readonly store?: ConversationStore;
  /** what each key may store; with `apiKeys` 10,000 conversations and 1 GiB, without them anything, when absent */
  readonly storageLimits?: StorageLimits;
  /** how long a call to `store` may take before its request fails; 30 s by default */
  readonly storeLimitMs?: number;
  /** names that the model answers to besides its own */
  readonly modelNames?: readonly string[];
  /** a folder with index.html; the built page of this package when absent */
  readonly pageDir?: string;
  /** bearer keys that are let in; everybody is when there are none */
  readonly apiKeys?: readonly (string | ApiKey)[];
  /** what ids of keys are made with (key-secret.ts); as long as the process when absent, so that nobody finds stored conversations again */
  readonly keySecret?: Uint8Array;
  /** keys find each other's computed text */
  readonly shareCache?: boolean;
  /** origins besides the server's own whose pages may use the server */
  readonly allowedOrigins?: readonly string[];
  /** takes one line for each failure that is the server's own fault */
  readonly log?: Log;
  /** takes JSON lines instead, one for each request too */
  readonly jsonLog?: JsonLogOptions;
  /** time for a reader of a stream or a chat socket that takes nothing; 30 s by default */
  readonly slowReaderMs?: number;
  /** a stream that is silent for so long gets a comment; 15 s by default */
  readonly pingMs?: number;
  /** chat sockets at the same time; 512 by default, and half of them for one key */
  readonly maxSockets?: number | undefined;
  /** turns that one chat socket may have under way, those that wait included; 16 by default */
  readonly maxTurnsPerSocket?: number | undefined;
  /** a chat socket that has not answered a ping when the next one is due is cut; 20 s by default */
  readonly socketPingMs?: number | undefined;
  /** one message of a chat socket may take so long to come; 60 s by default */
  readonly socketMessageMs?: number | undefined;
  /** time for answers under way to end when the server closes; 8 s by default */
  readonly graceMs?: number;
}

export interface RunningServer {
  /** for example `http://127.0.0.1:7847` */
  readonly url: string;
  readonly port: number;
  /**
   * Refuses new requests and sockets, lets answers over HTTP and in chats end within the time of grace, then cuts them
   * with `shutting_down`, and stops listening.
   */
  close(): Promise<void>;
  /**
   * Lets in other keys from now on, and closes the sockets of those that are none any more. Rejects with `bad_option` for
   * keys that it could not have been started with, and changes nothing then. Keys that have new names get their
   * conversations; where the store fails, the log says so, and the next call or start does it.
   */
  setKeys(keys: readonly ApiKey[]): Promise<void>;
}

// src/server while developing and dist/server when built: both are two folders below the package.
const BUILT_PAGE = fileURLToPath(new URL('../../web/dist', import.meta.url));

/** Serves the API, the chat and the page. Rejects with `bad_option`, `port_in_use` or `address_unavailable`. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, graceMs = GRACE_MS } = options;
  const apiKeys = (options.apiKeys ?? []).map((key) => (typeof key === 'string' ? apiKey(key) : key));
  checkHost(host, apiKeys);
  const allowedOrigins = (options.allowedOrigins ?? []).map(allowedOrigin);
  const state = new EngineState(options.engine);
  const keys = new KeyRing(apiKeys, options.keySecret ?? randomBytes(32));
  const limits = keyLimiter(keys, state);
  const drain = new Drain();
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512 },
    http: { maxHeaderSize: HEADER_LIMIT_BYTES, requireHostHeader: false }, // protocol-checks.ts asks for it
    genReqId: () => `req_${randomUUID()}`,
    frameworkErrors,
    clientErrorHandler: clientErrors,
  });
  app.removeContentTypeParser('text/plain'); // the one kind of body that any page may send anywhere
  installNotes(app);
  const log = installLog(app, options, keys);
  installErrors(app, log);
  installProtocolChecks(app);
  drain.install(app);
  dropSlowReaders(app, options.slowReaderMs ?? SLOW_READER_MS);
  installCompressedBodies(app);
  installJsonBodies(app);
  installOrigins(app, allowedOrigins);
  installKeys(app, keys, limits);
  const parts: Parts = { options: { ...options, allowedOrigins, log }, state, drain, keys, limits };
  const chats = await addRoutes(app, parts).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  await listen(app, host, options.port, log);
  const { port } = app.server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= Promise.all([drain.finish(graceMs), chats.finish(graceMs)]).then(() => app.close());
    return closed;
  };
  const setKeys = async (given: readonly ApiKey[]): Promise<void> => {
    checkHost(host, given);
    checkStillKeys(keys, given);
    chats.revoke(keys.replace(given)); // whatever the database does
    await chats.settleOwners().catch((error: unknown) => {
      log(`conversations of keys with new names are not brought to them: ${asQuireError(error).fullLine}`);
    });
  };
  return { url: `http://${hostForUrl(host)}:${port}`, port, close, setKeys };
}

// Without any key everybody would be let in, to what belongs to nobody.
function checkStillKeys(before: KeyRing, given: readonly ApiKey[]): void {
  if ((before.ids.length === 0) === (given.length === 0)) return;
  const what = 'a server with keys cannot go on without any, nor one without keys with some';
  throw new QuireError('bad_option', what, 'start it again');
}

// Keys share the places of the engine where there are several of them.
function keyLimiter(keys: KeyRing, state: EngineState): KeyLimiter {
  return new KeyLimiter({
    limitsOf: (keyId) => keys.limitsOf(keyId),
    places: () => {
      if (keys.ids.length < 2 || state.status.kind !== 'ready') return undefined;
      const { maxRunning, maxWaiting } = state.status.engine.info;
      return maxRunning + maxWaiting;
    },
  });
}

function installLog(app: FastifyInstance, { log, jsonLog }: ServerOptions, keys: KeyRing): Log {
  if (jsonLog === undefined) return log ?? (() => undefined);
  const logger = jsonLogger(jsonLog);
  installRequestLog(app, logger, jsonLog.texts === true, (keyId) => keys.nameOf(keyId));
  return faultLog(logger);
}

interface Parts {
  readonly options: ServerOptions & { readonly log: Log; readonly allowedOrigins: readonly string[] };
  readonly state: EngineState;
  readonly drain: Drain;
  readonly keys: KeyRing;
  readonly limits: KeyLimiter;
}

async function addRoutes(
  app: FastifyInstance,
  { options, state, drain, keys, limits }: Parts,
): Promise<Chats> {
  const { shareCache = false, slowReaderMs = SLOW_READER_MS, pingMs = PING_MS } = options;
  const version = packageVersion();
  const context: ApiContext = {
    models: new ServedModels(state, options.modelNames),
    drain,
    sse: { slowReaderMs, pingMs },
    shareCache,
    log: options.log,
    limits,
    version,
  };
  const routes = collectRoutes(app);
  healthRoute(app, state);
  modelsRoute(app, context);
  chatCompletionsRoute(app, context);
  completionsRoute(app, context);
  tokensRoutes(app, context);
  metricsRoute(app, state);
  versionRoute(app, context);
  openApiRoute(app, { routes, version, keys: keys.ids.length > 0 });
  const { log, storeLimitMs = STORE_LIMIT_MS } = options;
  const store = new BoundedStore(options.store ?? (await openMemoryStore()), storeLimitMs);
  let closed = false; // what was not stored until then is found as interrupted at the next start
  const onFailure = (error: unknown): void => {
    if (!closed) log(asQuireError(error).fullLine);
  };
  const quota = options.storageLimits ?? (keys.ids.length > 0 ? STORAGE_OF_KEY : {});
  const library = new ConversationLibrary(state.promise, { store, onFailure, limits: quota });
  const world = {
    engine: state.promise,
    library,
    turns: new LiveTurns(log),
    mostTurns: options.maxTurnsPerSocket,
    limits,
  };
  const stored = { library, store, turns: world.turns };
  conversationRoutes(app, stored);
  const { allowedOrigins, maxSockets, socketPingMs, socketMessageMs } = options;
  const sockets = chatRoute(app, {
    world,
    allowedOrigins,
    shareCache,
    slowReaderMs,
    maxSockets,
    pingMs: socketPingMs,
    messageMs: socketMessageMs,
    log,
  });
  app.addHook('onClose', async () => {
    await library.settle();
    const closing = store.close().catch((error: unknown) => log(asQuireError(error).fullLine)); // it does not hold the server
    closed = true;
    await closing;
  });
  await settleOwners(stored, keys);
  await pageRoute(app, options.pageDir ?? BUILT_PAGE);
  return {
    finish: async (graceMs) => {
      sockets.stop();
      await world.turns.finish(graceMs);
    },
    settleOwners: () => settleOwners(stored, keys),
    revoke: (ids) => sockets.revoke(ids),
  };
}

/** What the server does with all chats together. */
interface Chats {
  /** lets them end in their own time when the server stops */
  finish(graceMs: number): Promise<void>;
  /** gives keys the conversations that they had under other ids */
  settleOwners(): Promise<void>;
  /** closes the sockets of keys that are none any more */
  revoke(keyIds: readonly string[]): void;
}
