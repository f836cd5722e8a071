// The server as a Fastify plugin: installs hooks, then registers all protocols and operations. Fastify encapsulates them, so an
// application can have its own routes next to them, also with a prefix. The plugin depends on a service, never on an engine.

import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { asQuireError, QuireError } from '../base/errors.ts';
import { packageVersion } from '../base/node/package-version.ts';
import type { Service } from '../service/service.ts';
import { installDecompression } from './http/bodies/decompression.ts';
import { installJsonParser } from './http/bodies/json-parser.ts';
import { Drain } from './http/connections/drain.ts';
import { dropSlowReaders } from './http/connections/slow-readers.ts';
import { installErrorHandlers } from './http/errors/error-handlers.ts';
import { installHttpChecks } from './http/errors/protocol-checks.ts';
import { type ApiKey, toApiKeys } from './http/keys/api-key.ts';
import { installAuthentication } from './http/keys/authentication.ts';
import { updateConversationOwners } from './http/keys/conversation-owners.ts';
import { KeyLimiter } from './http/keys/key-limiter.ts';
import { KeyRing } from './http/keys/key-ring.ts';
import { BODY_LIMIT_BYTES, PING_MS, SHUTDOWN_GRACE_MS, SLOW_READER_MS } from './http/limits.ts';
import type { Log } from './http/logs/fault-log.ts';
import { faultLog, installRequestLog, type JsonLogOptions, jsonLogger } from './http/logs/request-log.ts';
import { installRequestNotes } from './http/logs/request-notes.ts';
import { collectRoutes } from './http/openapi/route-description.ts';
import { installOriginChecks } from './http/origins/cors.ts';
import { parseAllowedOrigin } from './http/origins/origin-rules.ts';
import { pageRoute } from './http/page-route.ts';
import type { LifecycleHooks, ServerContext } from './http/server-context.ts';
import { OPERATIONS, PROTOCOLS } from './protocols.ts';

export interface PluginOptions {
  /** folder of the web page, with index.html; the built page of this package when absent */
  readonly pageDir?: string | undefined;
  /** valid bearer keys; without keys, requests need none */
  readonly apiKeys?: readonly (string | ApiKey)[] | undefined;
  /** secret of the key ids (key-secret.ts); random when absent, so that stored conversations are not found after a restart */
  readonly keySecret?: Uint8Array | undefined;
  /** all keys share one prefix cache */
  readonly shareCache?: boolean | undefined;
  /** origins, besides the server's own, whose pages may use the server */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** receives one line for each fault of the server */
  readonly log?: Log | undefined;
  /** in place of `log`: receives JSON lines for faults and for requests */
  readonly jsonLog?: JsonLogOptions | undefined;
  /** timeout of clients that read nothing of a response or chat socket; 30 s by default */
  readonly slowReaderMs?: number | undefined;
  /** interval of comments in silent event streams; 15 s by default */
  readonly pingMs?: number | undefined;
  /** open chat sockets; 512 by default, of which one key may use half */
  readonly maxSockets?: number | undefined;
  /** turns of one chat socket that run or wait at the same time; 16 by default */
  readonly maxTurnsPerSocket?: number | undefined;
  /** ping interval of chat sockets, which are closed when a ping is not answered before the next; 20 s by default */
  readonly socketPingMs?: number | undefined;
  /** time to receive one message over a chat socket; 60 s by default */
  readonly socketMessageMs?: number | undefined;
}

/** Register it once, before the application listens: `app.register(plugin, { prefix: '/quire' })`. */
export interface QuirePlugin extends FastifyPluginAsync {
  /**
   * Rejects new requests and sockets, lets running requests and turns end within `graceMs` (8 s by default), then cancels them
   * with `shutting_down`. Call it before closing the application. The service starts no more turns from then on, as after the
   * application has closed.
   */
  finish(graceMs?: number): Promise<void>;
  /**
   * Replaces the keys, and closes the sockets of removed keys. Rejects with `bad_option` for keys that the server could not have
   * been started with, and then changes nothing. Conversations move to renamed keys; if the store fails, the error is logged,
   * and the next call or start retries.
   */
  setKeys(keys: readonly ApiKey[]): Promise<void>;
}

// This file is in src/server or dist/server, two levels below the package root.
const BUILT_PAGE = fileURLToPath(new URL('../../web/dist', import.meta.url));

/**
 * Creates the plugin that serves the API, the chat socket and the page. The models of `service` may still be loading. Without
 * `apiKeys`, everyone who can reach the application can use it. Throws `bad_option`.
 */
export function createServer(service: Service, options: PluginOptions = {}): QuirePlugin {
  const apiKeys = toApiKeys(options.apiKeys);
  const allowedOrigins = (options.allowedOrigins ?? []).map(parseAllowedOrigin);
  const keys = new KeyRing(apiKeys, options.keySecret ?? randomBytes(32));
  const drain = new Drain();
  const parts: LifecycleHooks = { onStop: [], onRevoke: [] };
  let log: Log = options.log ?? (() => undefined);

  const plugin = async (app: FastifyInstance): Promise<void> => {
    if (options.jsonLog !== undefined) log = logAsJson(app, options.jsonLog, keys);
    const limits = keyLimiter(keys, service);
    const context: ServerContext = {
      service,
      models: service.models,
      drain,
      sse: {
        slowReaderMs: options.slowReaderMs ?? SLOW_READER_MS,
        pingMs: options.pingMs ?? PING_MS,
      },
      sockets: {
        maxSockets: options.maxSockets,
        maxTurns: options.maxTurnsPerSocket,
        pingMs: options.socketPingMs,
        messageTimeoutMs: options.socketMessageMs,
      },
      shareCache: options.shareCache === true,
      allowedOrigins,
      log: (line) => log(line),
      limits,
      version: packageVersion(),
      requiresKey: apiKeys.length > 0,
      routes: collectRoutes(app),
      hooks: parts,
    };
    await install(app, context, keys);
    for (const add of OPERATIONS) add(app, context);
    for (const add of PROTOCOLS) add(app, context);
    await updateConversationOwners(service, keys);
    await pageRoute(app, options.pageDir ?? BUILT_PAGE);
  };

  const finish = async (graceMs = SHUTDOWN_GRACE_MS): Promise<void> => {
    for (const stop of parts.onStop) stop();
    await Promise.all([drain.finish(graceMs), service.turns.finish(graceMs)]);
  };
  const setKeys = async (given: readonly ApiKey[]): Promise<void> => {
    checkStillKeys(keys, given);
    const removed = keys.replace(given); // applies even if the database fails
    for (const revoke of parts.onRevoke) revoke(removed);
    await updateConversationOwners(service, keys).catch((error: unknown) => {
      log(`cannot move the conversations of renamed keys: ${asQuireError(error).fullLine}`);
    });
  };
  return Object.assign(plugin, { finish, setKeys });
}

async function install(
  app: FastifyInstance,
  { log, drain, limits, sse, allowedOrigins }: ServerContext,
  keys: KeyRing,
): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= BODY_LIMIT_BYTES;
  });
  // Parsers of the application are for its own routes. Fastify's parser of text/plain is removed too, because any page can send
  // such a body without a preflight.
  app.removeAllContentTypeParsers();
  installRequestNotes(app);
  installErrorHandlers(app, log);
  installHttpChecks(app);
  drain.install(app);
  dropSlowReaders(app, sse.slowReaderMs);
  installDecompression(app);
  installJsonParser(app);
  await installOriginChecks(app, allowedOrigins);
  installAuthentication(app, keys, limits);
}

/** Installs the request log; returns the log of faults, which writes to the same destination. */
function logAsJson(app: FastifyInstance, options: JsonLogOptions, keys: KeyRing): Log {
  const logger = jsonLogger(options);
  installRequestLog(app, logger, options.texts === true, (keyId) => keys.nameOf(keyId));
  return faultLog(logger);
}

// Without keys, requests would get access to data that belongs to no key.
function checkStillKeys(before: KeyRing, given: readonly ApiKey[]): void {
  if ((before.ids.length === 0) === (given.length === 0)) return;
  const what = 'a running server cannot change between having keys and having none';
  throw new QuireError('bad_option', what, 'restart the server');
}

// Several keys share the running and waiting slots of all engines.
function keyLimiter(keys: KeyRing, { models }: Service): KeyLimiter {
  return new KeyLimiter({
    limitsOf: (keyId) => keys.limitsOf(keyId),
    capacity: () => {
      if (keys.ids.length < 2 || models.ready.length === 0) return undefined;
      const slots = models.ready.map(
        ({ completer: { info } }) => (info.maxRunning ?? 0) + (info.maxWaiting ?? 0),
      );
      return slots.reduce((sum, count) => sum + count, 0);
    },
  });
}
