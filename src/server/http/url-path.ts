// Paths of requests and of the plugin.

import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/**
 * Returns the path prefix under which the plugin is registered, for example `/quire`; empty at the root. Fastify also accepts
 * `/quire/` and `/`.
 */
export const prefixOf = ({ prefix }: FastifyInstance): string => prefix.replace(/\/$/, '');

/** Returns at most 200 characters of the path of a request, without the query, which may contain secrets or texts. */
export const pathOf = ({ url = '' }: Pick<IncomingMessage, 'url'>): string =>
  url.split('?', 1)[0]!.slice(0, 200);
