// Listening, and what to do when that fails: a port in use and an address of another machine are people's mistakes,
// and each gets a line that helps.

import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { asQuireError, QuireError } from '../../../base/errors.ts';
import type { Log } from '../errors/http-errors.ts';
import { type ApiKey, SHORTEST_OPEN_KEY } from '../keys/api-key.ts';
import { isLoopbackName } from '../origins/origin-rules.ts';

/** Raises `bad_option` for an address that others reach, where nothing keeps them out. */
export function checkHost(host: string, keys: readonly ApiKey[]): void {
  if (isLoopbackName(host)) return;
  if (keys.length > 0) return checkLength(host, keys);
  const what = `${host} can be reached from other machines, and no API key is set`;
  throw new QuireError(
    'bad_option',
    what,
    'give --api-key-file FILE or --api-key KEY, or leave --host out to serve this machine alone',
  );
}

function checkLength(host: string, keys: readonly ApiKey[]): void {
  if (!keys.some(({ short }) => short)) return;
  const what = `${host} can be reached from other machines, and an API key has fewer than ${SHORTEST_OPEN_KEY} characters`;
  throw new QuireError(
    'bad_option',
    what,
    'make one that nobody guesses, for example by "openssl rand -hex 32"',
  );
}

/**
 * Rejects with `port_in_use` or `address_unavailable`, and closes `app` then.
 * @param log told when a connection cannot be accepted later; nothing else ends by that
 */
export async function listen(app: FastifyInstance, host: string, port: number, log: Log): Promise<void> {
  // `localhost` has two addresses where there is IPv6; that of IPv4 comes first, since the other may be listed and not work.
  // Fastify would serve the second with a server that it shows to nobody.
  const found =
    host === 'localhost' ? await lookup(host, { all: true, verbatim: false }).catch(() => []) : [];
  const [first = host, ...others] = found.map(({ address }) => address);
  try {
    await app.listen({ host: first, port });
  } catch (error) {
    await app.close();
    throw listenError(error, host, port);
  }
  app.server.on('error', (error) => log(asQuireError(error).fullLine));
  for (const address of others) await listenAlso(app, address, log);
}

/** The connections of another address, under the same port, as if they came to the server's own; none where it cannot be had. */
export async function listenAlso(app: FastifyInstance, address: string, log: Log): Promise<void> {
  const { port } = app.server.address() as AddressInfo;
  const other = createServer((socket) => app.server.emit('connection', socket));
  try {
    await once(other.listen({ host: address, port }), 'listening');
  } catch {
    return;
  }
  other.on('error', (error) => log(asQuireError(error).fullLine));
  app.server.once('close', () => other.close());
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

export function hostForUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
