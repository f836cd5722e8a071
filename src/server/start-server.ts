// Starts a standalone server: creates a Fastify application with limits, registers the plugin, and listens. The server listens
// before the models have loaded, so that the page opens immediately; /health reports the state of the models.

import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { checkOptionNames } from '../base/option-names.ts';
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
import { createServer, PLUGIN_OPTIONS, type PluginOptions } from './server-plugin.ts';

export interface ServerOptions extends PluginOptions {
  /** the models of the service may still be loading; the caller closes the service after the server has closed */
  readonly service: Service;
  /** address or name of this machine; `apiKeys` are required if other machines can reach this address */
  readonly host: string;
  /** 0 selects any free port */
  readonly port: number;
  /** time for running requests to end when the server closes; 8 s by default */
  readonly graceMs?: number | undefined;
}

export interface RunningServer {
  /** URL of the server, for example `http://127.0.0.1:7847` */
  readonly url: string;
  readonly port: number;
  /**
   * Rejects new requests and sockets, lets running requests and turns end within `graceMs`, then cancels them with
   * `shutting_down`, and stops listening. The service starts no more turns from then on.
   */
  close(): Promise<void>;
  /** Like `QuirePlugin.setKeys`; also rejects with `bad_option` if the address of the server requires other keys. */
  setKeys(keys: readonly ApiKey[]): Promise<void>;
}

/**
 * Serves the API, the chat socket and the page. Rejects with `bad_option`, `unknown_option`, `port_in_use` or
 * `address_unavailable`.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  checkOptionNames(options, ['service', 'host', 'port', 'graceMs', ...PLUGIN_OPTIONS], 'startServer');
  const { service, host, port: requestedPort, graceMs = SHUTDOWN_GRACE_MS, ...pluginOptions } = options;
  const { log = () => undefined } = pluginOptions;
  const apiKeys = toApiKeys(options.apiKeys);
  checkHostNeedsKeys(host, apiKeys);
  const plugin = createServer(service, { ...pluginOptions, apiKeys });
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512 },
    http: { maxHeaderSize: HEADER_LIMIT_BYTES, requireHostHeader: false }, // protocol-checks.ts checks the Host header
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
  await listen(app, host, requestedPort, log);
  const { port } = app.server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= plugin.finish(graceMs).then(() => app.close());
    return closed;
  };
  const setKeys = async (newKeys: readonly ApiKey[]): Promise<void> => {
    checkHostNeedsKeys(host, newKeys);
    await plugin.setKeys(newKeys);
  };
  return { url: `http://${hostForUrl(host)}:${port}`, port, close, setKeys };
}
