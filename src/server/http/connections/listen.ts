// Starts listening. Choosing a port in use or an address of another machine is a common mistake, so each has a specific error.

import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { asQuireError, QuireError } from '../../../base/errors.ts';
import { type ApiKey, MIN_NETWORK_KEY_LENGTH } from '../keys/api-key.ts';
import type { Log } from '../logs/fault-log.ts';
import { isLoopbackName } from '../origins/origin-rules.ts';

/** Throws `bad_option` for an address that other machines can reach, unless there are keys that cannot be guessed. */
export function checkHostNeedsKeys(host: string, keys: readonly ApiKey[]): void {
  if (isLoopbackName(host)) return;
  const reachable = `${host} can be reached from other machines`;
  if (keys.length === 0) {
    throw new QuireError(
      'bad_option',
      `${reachable}, and no API key is set`,
      'set --api-key-file FILE or --api-key KEY, or omit --host to serve only this machine',
    );
  }
  if (!keys.some(({ short }) => short)) return;
  throw new QuireError(
    'bad_option',
    `${reachable}, and an API key has fewer than ${MIN_NETWORK_KEY_LENGTH} characters`,
    'use a random key, for example from "openssl rand -hex 32"',
  );
}

/**
 * Listens on `host`. If that fails, closes `app` and rejects with `port_in_use` or `address_unavailable`.
 * @param log receives later errors of accepting connections, which have no other effect
 */
export async function listen(app: FastifyInstance, host: string, port: number, log: Log): Promise<void> {
  // `localhost` has two addresses on machines with IPv6. The IPv4 address is first, because IPv6 may be configured but not work.
  // Without this, Fastify would serve the second address with a server object that it does not expose.
  const resolved =
    host === 'localhost' ? await lookup(host, { all: true, verbatim: false }).catch(() => []) : [];
  const [first = host, ...others] = resolved.map(({ address }) => address);
  try {
    await app.listen({ host: first, port });
  } catch (error) {
    await app.close();
    throw listenError(error, host, port);
  }
  app.server.on('error', (error) => log(asQuireError(error).fullLine));
  for (const address of others) await listenOnAddress(app, address, log);
}

/** Also accepts connections on the same port of another address; does nothing if that address is unavailable. */
export async function listenOnAddress(app: FastifyInstance, address: string, log: Log): Promise<void> {
  const { port } = app.server.address() as AddressInfo;
  const server = createServer((socket) => app.server.emit('connection', socket));
  try {
    await once(server.listen({ host: address, port }), 'listening');
  } catch {
    return;
  }
  server.on('error', (error) => log(asQuireError(error).fullLine));
  app.server.once('close', () => server.close());
}

function listenError(error: unknown, host: string, port: number): QuireError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const options = { cause: error };
  if (code === 'EADDRINUSE') {
    const hint = 'stop the other program, or choose another port with --port (0 selects any free port)';
    return new QuireError('port_in_use', `port ${port} on ${host} is in use`, hint, options);
  }
  if (code === 'EACCES') {
    const message = `this user has no permission to open port ${port} on ${host}`;
    return new QuireError('address_unavailable', message, 'choose a port above 1023 with --port', options);
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EINVAL') {
    const message = `${host} is not an address of this machine`;
    const hint = 'choose another address with --host, or omit it';
    return new QuireError('address_unavailable', message, hint, options);
  }
  return asQuireError(error);
}

/** Returns the host of the URL at which a browser on this machine reaches the server. */
export function hostForUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
