// Starts the server standalone: a Fastify application with its limits, the plugin, and an address. It listens before the models
// have loaded, so that the page opens immediately; /health reports the progress.

import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import type { Service } from '../service/service.ts';
import { checkHostNeedsKeys, hostForUrl, listen } from './http/connections/listen.ts';
import { handleFrameworkError } from './http/errors/error-handlers.ts';
import { handleClientError } from './http/errors/raw-error.ts';
import { type ApiKey, toApiKeys } from './http/keys/api-key.ts';
import {
  BODY_LIMIT_BYTES,
  HEADER_LIMIT_BYTES,
  REQUEST_TIMEOUT_MS,
  SHUTDOWN_GRACE_MS,
} from './http/limits.ts';
import { newRequestId } from './http/request-id.ts';
import { createServer, type PluginOptions } from './server-plugin.ts';

export interface ServerOptions extends PluginOptions {
  /** its models may still be loading; the caller closes it after the server has closed */
  readonly service: Service;
  /** address or name of this machine; `apiKeys` are required if other machines can reach it */
  readonly host: string;
  /** 0 selects any free port */
  readonly port: number;
  /** time for running requests to end when the server closes; 8 s by default */
  readonly graceMs?: number | undefined;
}

export interface RunningServer {
  /** for example `http://127.0.0.1:7847` */
  readonly url: string;
  readonly port: number;
  /**
   * Rejects new requests and sockets, lets running requests and turns end within `graceMs`, then cancels them with
   * `shutting_down`, and stops listening. The service starts no more turns from then on.
   */
  close(): Promise<void>;
  /** As `QuirePlugin.setKeys`; also rejects with `bad_option` when the address requires other keys. */
  setKeys(keys: readonly ApiKey[]): Promise<void>;
}

/** Serves the API, the chat socket and the page. Rejects with `bad_option`, `port_in_use` or `address_unavailable`. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { service, host, graceMs = SHUTDOWN_GRACE_MS, log = () => undefined } = options;
  const apiKeys = toApiKeys(options.apiKeys);
  checkHostNeedsKeys(host, apiKeys);
  const plugin = createServer(service, { ...options, apiKeys });
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512 },
    http: { maxHeaderSize: HEADER_LIMIT_BYTES, requireHostHeader: false }, // protocol-checks.ts checks it
    genReqId: newRequestId,
    frameworkErrors: handleFrameworkError,
    clientErrorHandler: handleClientError,
  });
  try {
    await app.register(plugin);
  } catch (error) {
    await app.close();
    throw error;
  }
  await listen(app, host, options.port, log);
  const { port } = app.server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= plugin.finish(graceMs).then(() => app.close());
    return closed;
  };
  const setKeys = async (given: readonly ApiKey[]): Promise<void> => {
    checkHostNeedsKeys(host, given);
    await plugin.setKeys(given);
  };
  return { url: `http://${hostForUrl(host)}:${port}`, port, close, setKeys };
}
