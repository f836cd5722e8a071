// The server as one call: an application with limits of its own, the plugin, and an address to listen on. It listens before
// the models have loaded, so that the page opens at once; /health says how far loading is.

import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import type { Service } from '../service/service.ts';
import { checkHost, hostForUrl, listen } from './http/connections/listen.ts';
import { clientErrors, frameworkErrors } from './http/errors/http-errors.ts';
import { type ApiKey, apiKey } from './http/keys/api-key.ts';
import { BODY_LIMIT_BYTES, GRACE_MS, HEADER_LIMIT_BYTES, REQUEST_TIMEOUT_MS } from './http/limits.ts';
import { createServer, type PluginOptions } from './server-plugin.ts';

export interface ServerOptions extends PluginOptions {
  /** what is served; its models may still be loading. The caller closes it after the server has closed */
  readonly service: Service;
  /** an address or a name of this machine; one that others reach needs `apiKeys` */
  readonly host: string;
  /** 0 takes any free port */
  readonly port: number;
  /** time for answers under way to end when the server closes; 8 s by default */
  readonly graceMs?: number | undefined;
}

export interface RunningServer {
  /** for example `http://127.0.0.1:7847` */
  readonly url: string;
  readonly port: number;
  /**
   * Refuses new requests and sockets, lets answers over HTTP and in chats end within the time of grace, then cuts them
   * with `shutting_down`, and stops listening. The service begins no more turns then.
   */
  close(): Promise<void>;
  /** As the plugin's; rejects with `bad_option` too where the address needs keys and there are none. */
  setKeys(keys: readonly ApiKey[]): Promise<void>;
}

/** Serves the API, the chat and the page. Rejects with `bad_option`, `port_in_use` or `address_unavailable`. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { service, host, graceMs = GRACE_MS, log = () => undefined } = options;
  const apiKeys = (options.apiKeys ?? []).map((key) => (typeof key === 'string' ? apiKey(key) : key));
  checkHost(host, apiKeys);
  const plugin = createServer(service, { ...options, apiKeys });
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
    checkHost(host, given);
    await plugin.setKeys(given);
  };
  return { url: `http://${hostForUrl(host)}:${port}`, port, close, setKeys };
}
