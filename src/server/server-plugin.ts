// The server as a Fastify plugin: installs hooks, then registers the routes of all protocols and operations. Fastify encapsulates
// a plugin, so an application can have other routes, and can register the plugin under a prefix. The plugin depends on a service,
// never on an engine.

import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { asQuireError, QuireError } from '../base/errors.ts';
import { PACKAGE_ROOT } from '../base/node/package-root.ts';
import { packageVersion } from '../base/node/package-version.ts';
import { checkOptionNames } from '../base/option-names.ts';
import type { Service } from '../service/service.ts';
import { installDecompression } from './http/bodies/decompression.ts';
import { installJsonParser } from './http/bodies/json-parser.ts';
import { Drain } from './http/connections/drain.ts';
import { disconnectSlowClients } from './http/connections/slow-clients.ts';
import { installErrorHandlers } from './http/errors/error-handlers.ts';
import { installHttpChecks } from './http/errors/protocol-checks.ts';
import { type ApiKey, toApiKeys } from './http/keys/api-key.ts';
import { installAuthentication } from './http/keys/authentication.ts';
import { updateConversationOwners } from './http/keys/conversation-owners.ts';
import { KeyLimiter } from './http/keys/key-limiter.ts';
import { KeyRing } from './http/keys/key-ring.ts';
import { BODY_LIMIT_BYTES, PING_MS, SHUTDOWN_GRACE_MS, SLOW_CLIENT_TIMEOUT_MS } from './http/limits.ts';
import type { Log } from './http/logs/fault-log.ts';
import { faultLog, installRequestLog, type JsonLogOptions, jsonLogger } from './http/logs/request-log.ts';
import { installRequestLogFields } from './http/logs/request-log-fields.ts';
import { collectRoutes } from './http/openapi/route-description.ts';
import { installOriginChecks } from './http/origins/cors.ts';
import { parseAllowedOrigin } from './http/origins/origin-rules.ts';
import { pageRoute } from './http/page-route.ts';
import type { LifecycleHooks, ServerContext } from './http/server-context.ts';
import { OPERATION_ROUTES, PROTOCOL_ROUTES } from './protocols.ts';

export interface PluginOptions {
  /** folder of the web page, which contains index.html; by default the built page of this package */
  readonly pageDir?: string | undefined;
  /** valid bearer keys; if there are no keys, requests need no key */
  readonly apiKeys?: readonly (string | ApiKey)[] | undefined;
  /** secret of the key ids (key-secret.ts); random by default, so that after a restart keys do not find stored conversations */
  readonly keySecret?: Uint8Array | undefined;
  /** whether all keys share one prefix cache */
  readonly shareCache?: boolean | undefined;
  /** other origins whose pages may use the server */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** receives one line for each fault of the server */
  readonly log?: Log | undefined;
  /** replaces `log`; receives JSON lines for faults and requests */
  readonly jsonLog?: JsonLogOptions | undefined;
  /** timeout of clients that do not read a response or chat socket; 30 s by default */
  readonly slowReaderMs?: number | undefined;
  /** interval of comments in event streams without events; 15 s by default */
  readonly pingMs?: number | undefined;
  /** maximum number of open chat sockets, of which one key may open half; 512 by default */
  readonly maxSockets?: number | undefined;
  /** maximum number of turns of one chat socket that run or wait at the same time; 16 by default */
  readonly maxTurnsPerSocket?: number | undefined;
  /** ping interval of chat sockets; a socket is closed if it has not answered when the next ping is due; 20 s by default */
  readonly socketPingMs?: number | undefined;
  /** time to receive one message over a chat socket; 60 s by default */
  readonly socketMessageMs?: number | undefined;
}

export const PLUGIN_OPTIONS = [
  'pageDir',
  'apiKeys',
  'keySecret',
  'shareCache',
  'allowedOrigins',
  'log',
  'jsonLog',
  'slowReaderMs',
  'pingMs',
  'maxSockets',
  'maxTurnsPerSocket',
  'socketPingMs',
  'socketMessageMs',
] as const satisfies readonly (keyof PluginOptions)[];

/** Register it once, before the application listens: `app.register(plugin, { prefix: '/quire' })`. */
export interface QuirePlugin extends FastifyPluginAsync {
  /**
   * Rejects new requests and sockets, lets running requests and turns end within `graceMs` (8 s by default), then cancels them
   * with `shutting_down`. Call it before closing the application. After this call or after the application has closed, the
   * service starts no more turns.
   */
  finish(graceMs?: number): Promise<void>;
  /**
   * Replaces the keys, and closes the sockets of removed keys. Rejects with `bad_option`, without any change, if the server cannot
   * use the keys. The conversations of a renamed key move to the new name; if the store fails, the error is logged, and the next
   * call or start retries.
   */
  setKeys(keys: readonly ApiKey[]): Promise<void>;
}

const BUILT_PAGE = fileURLToPath(new URL('web/dist', PACKAGE_ROOT));

/**
 * Creates the plugin that serves the API, the chat socket and the page. The models of `service` may still be loading. Without
 * `apiKeys`, everyone who can reach the application can use it. Throws `bad_option` or `unknown_option`.
 */
export function createServer(service: Service, options: PluginOptions = {}): QuirePlugin {
  checkOptionNames(options, PLUGIN_OPTIONS, 'createServer'); // a wrong name of `apiKeys` would open the server to everyone
  const apiKeys = toApiKeys(options.apiKeys);
  const allowedOrigins = (options.allowedOrigins ?? []).map(parseAllowedOrigin);
  const keys = new KeyRing(apiKeys, options.keySecret ?? randomBytes(32));
  const drain = new Drain();
  const hooks: LifecycleHooks = { onStop: [], onRevoke: [] };
  let log: Log = options.log ?? (() => undefined);

  const plugin = async (app: FastifyInstance): Promise<void> => {
    if (options.jsonLog !== undefined) log = logAsJson(app, options.jsonLog, keys);
    const limits = keyLimiter(keys, service);
    const context: ServerContext = {
      service,
      models: service.models,
      drain,
      sse: {
        slowReaderMs: options.slowReaderMs ?? SLOW_CLIENT_TIMEOUT_MS,
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
      hooks,
    };
    await installHooks(app, context, keys);
    for (const addRoutes of OPERATION_ROUTES) addRoutes(app, context);
    for (const addRoutes of PROTOCOL_ROUTES) addRoutes(app, context);
    await updateConversationOwners(service, keys);
    await pageRoute(app, options.pageDir ?? BUILT_PAGE);
  };

  const finish = async (graceMs = SHUTDOWN_GRACE_MS): Promise<void> => {
    for (const stop of hooks.onStop) stop();
    await Promise.all([drain.finish(graceMs), service.turns.finish(graceMs)]);
  };
  const setKeys = async (newKeys: readonly ApiKey[]): Promise<void> => {
    checkKeyRequirement(keys, newKeys);
    const removed = keys.replace(newKeys); // takes effect even if the database fails
    for (const revoke of hooks.onRevoke) revoke(removed);
    await updateConversationOwners(service, keys).catch((error: unknown) => {
      log(`cannot move the conversations of renamed keys: ${asQuireError(error).fullLine}`);
    });
  };
  return Object.assign(plugin, { finish, setKeys });
}

async function installHooks(
  app: FastifyInstance,
  { log, drain, limits, sse, allowedOrigins }: ServerContext,
  keys: KeyRing,
): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= BODY_LIMIT_BYTES;
  });
  // The body parsers of the application must not apply to these routes. Fastify's parser for text/plain is also removed, because
  // any page can send such a body without a preflight request.
  app.removeAllContentTypeParsers();
  installRequestLogFields(app);
  installErrorHandlers(app, log);
  installHttpChecks(app);
  drain.install(app);
  disconnectSlowClients(app, sse.slowReaderMs);
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

// Without keys, requests would get access to the data that belongs to no key.
function checkKeyRequirement(currentKeys: KeyRing, newKeys: readonly ApiKey[]): void {
  if ((currentKeys.ids.length === 0) === (newKeys.length === 0)) return;
  const message = 'a running server cannot change between having keys and having none';
  throw new QuireError('bad_option', message, 'restart the server');
}

// If there are several keys, they share the slots for running and waiting requests of all models.
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
