// The server as a Fastify plugin: middleware first, then every protocol and operation, all in a scope of their own, so that an
// application may have it beside its own routes, under a prefix too. It knows a service and nothing of engines.

import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { asQuireError, QuireError } from '../base/errors.ts';
import { packageVersion } from '../base/node/package-version.ts';
import type { Service } from '../service/service.ts';
import { installCompressedBodies } from './http/bodies/decompression.ts';
import { installJsonBodies } from './http/bodies/json-parser.ts';
import { Drain } from './http/connections/drain.ts';
import { dropSlowReaders } from './http/connections/slow-readers.ts';
import { installErrors, type Log } from './http/errors/http-errors.ts';
import { installProtocolChecks } from './http/errors/protocol-checks.ts';
import { type ApiKey, apiKey } from './http/keys/api-key.ts';
import { installKeys } from './http/keys/authentication.ts';
import { settleOwners } from './http/keys/conversation-owners.ts';
import { KeyLimiter } from './http/keys/key-limiter.ts';
import { KeyRing } from './http/keys/key-ring.ts';
import { BODY_LIMIT_BYTES, GRACE_MS, PING_MS, SLOW_READER_MS } from './http/limits.ts';
import { faultLog, installRequestLog, type JsonLogOptions, jsonLogger } from './http/logs/request-log.ts';
import { installNotes } from './http/logs/request-notes.ts';
import { collectRoutes } from './http/openapi/route-description.ts';
import { installOrigins } from './http/origins/cors.ts';
import { allowedOrigin } from './http/origins/origin-rules.ts';
import { pageRoute } from './http/page-route.ts';
import type { ApiContext, ServerParts } from './http/server-context.ts';
import { OPERATIONS, PROTOCOLS } from './protocols.ts';

export interface PluginOptions {
  /** a folder with index.html; the built page of this package when absent */
  readonly pageDir?: string | undefined;
  /** bearer keys that are let in; everybody is when there are none */
  readonly apiKeys?: readonly (string | ApiKey)[] | undefined;
  /** what ids of keys are made with (key-secret.ts); as long as the process when absent, so that nobody finds stored conversations again */
  readonly keySecret?: Uint8Array | undefined;
  /** keys find each other's computed text */
  readonly shareCache?: boolean | undefined;
  /** origins besides the server's own whose pages may use the server */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** takes one line for each failure that is the server's own fault */
  readonly log?: Log | undefined;
  /** takes JSON lines instead, one for each request too */
  readonly jsonLog?: JsonLogOptions | undefined;
  /** time for a reader of a stream or a chat socket that takes nothing; 30 s by default */
  readonly slowReaderMs?: number | undefined;
  /** a stream that is silent for so long gets a comment; 15 s by default */
  readonly pingMs?: number | undefined;
  /** chat sockets at the same time; 512 by default, and half of them for one key */
  readonly maxSockets?: number | undefined;
  /** turns that one chat socket may have under way, those that wait included; 16 by default */
  readonly maxTurnsPerSocket?: number | undefined;
  /** a chat socket that has not answered a ping when the next one is due is cut; 20 s by default */
  readonly socketPingMs?: number | undefined;
  /** one message of a chat socket may take so long to come; 60 s by default */
  readonly socketMessageMs?: number | undefined;
}

/** To be registered once, before the application listens: `app.register(plugin, { prefix: '/quire' })`. */
export interface QuirePlugin extends FastifyPluginAsync {
  /**
   * Refuses new requests and sockets, lets answers over HTTP and in chats end within `graceMs` (8 s by default), then cuts
   * them with `shutting_down`. To be called before the application closes. The service begins no more turns then, as after the
   * application has closed.
   */
  finish(graceMs?: number): Promise<void>;
  /**
   * Lets in other keys from now on, and closes the sockets of those that are none any more. Rejects with `bad_option` for
   * keys that it could not have been started with, and changes nothing then. Keys that have new names get their
   * conversations; where the store fails, the log says so, and the next call or start does it.
   */
  setKeys(keys: readonly ApiKey[]): Promise<void>;
}

// src/server while developing and dist/server when built: both are two folders below the package.
const BUILT_PAGE = fileURLToPath(new URL('../../web/dist', import.meta.url));

/**
 * The API, the chat and the page over `service`, whose models may still be loading. Raises `bad_option`. Whoever can reach the
 * application can use it, unless there are `apiKeys`.
 */
export function createServer(service: Service, options: PluginOptions = {}): QuirePlugin {
  const apiKeys = (options.apiKeys ?? []).map((key) => (typeof key === 'string' ? apiKey(key) : key));
  const allowedOrigins = (options.allowedOrigins ?? []).map(allowedOrigin);
  const keys = new KeyRing(apiKeys, options.keySecret ?? randomBytes(32));
  const drain = new Drain();
  const parts: ServerParts = { stopping: [], revoking: [] };
  let log: Log = options.log ?? (() => undefined);

  const plugin = async (app: FastifyInstance): Promise<void> => {
    if (options.jsonLog !== undefined) log = logAsJson(app, options.jsonLog, keys);
    const limits = keyLimiter(keys, service);
    const context: ApiContext = {
      service,
      models: service.models,
      drain,
      sse: {
        slowReaderMs: options.slowReaderMs ?? SLOW_READER_MS,
        pingMs: options.pingMs ?? PING_MS,
      },
      sockets: {
        most: options.maxSockets,
        mostTurns: options.maxTurnsPerSocket,
        pingMs: options.socketPingMs,
        messageMs: options.socketMessageMs,
      },
      shareCache: options.shareCache === true,
      allowedOrigins,
      log: (line) => log(line),
      limits,
      version: packageVersion(),
      keyed: apiKeys.length > 0,
      routes: collectRoutes(app),
      parts,
    };
    await install(app, context, keys);
    for (const add of OPERATIONS) add(app, context);
    for (const add of PROTOCOLS) add(app, context);
    await settleOwners(service, keys);
    await pageRoute(app, options.pageDir ?? BUILT_PAGE);
  };

  const finish = async (graceMs = GRACE_MS): Promise<void> => {
    for (const stop of parts.stopping) stop();
    await Promise.all([drain.finish(graceMs), service.turns.finish(graceMs)]);
  };
  const setKeys = async (given: readonly ApiKey[]): Promise<void> => {
    checkStillKeys(keys, given);
    const gone = keys.replace(given); // whatever the database does
    for (const revoke of parts.revoking) revoke(gone);
    await settleOwners(service, keys).catch((error: unknown) => {
      log(`conversations of keys with new names are not brought to them: ${asQuireError(error).fullLine}`);
    });
  };
  return Object.assign(plugin, { finish, setKeys });
}

async function install(
  app: FastifyInstance,
  { log, drain, limits, sse, allowedOrigins }: ApiContext,
  keys: KeyRing,
): Promise<void> {
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= BODY_LIMIT_BYTES;
  });
  // Those of the application are for its own routes; and text is the one kind of body that any page may send anywhere.
  app.removeAllContentTypeParsers();
  installNotes(app);
  installErrors(app, log);
  installProtocolChecks(app);
  drain.install(app);
  dropSlowReaders(app, sse.slowReaderMs);
  installCompressedBodies(app);
  installJsonBodies(app);
  await installOrigins(app, allowedOrigins);
  installKeys(app, keys, limits);
}

/** A line for each request, and what comes back for faults, in one log. */
function logAsJson(app: FastifyInstance, options: JsonLogOptions, keys: KeyRing): Log {
  const logger = jsonLogger(options);
  installRequestLog(app, logger, options.texts === true, (keyId) => keys.nameOf(keyId));
  return faultLog(logger);
}

// Without any key everybody would be let in, to what belongs to nobody.
function checkStillKeys(before: KeyRing, given: readonly ApiKey[]): void {
  if ((before.ids.length === 0) === (given.length === 0)) return;
  const what = 'a server with keys cannot go on without any, nor one without keys with some';
  throw new QuireError('bad_option', what, 'start it again');
}

// Keys share the places of the engines where there are several keys.
function keyLimiter(keys: KeyRing, { models }: Service): KeyLimiter {
  return new KeyLimiter({
    limitsOf: (keyId) => keys.limitsOf(keyId),
    places: () => {
      if (keys.ids.length < 2 || models.ready.length === 0) return undefined;
      const places = models.ready.map(
        ({ completer: { info } }) => (info.maxRunning ?? 0) + (info.maxWaiting ?? 0),
      );
      return places.reduce((sum, one) => sum + one, 0);
    },
  });
}
