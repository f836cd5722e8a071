// Paths of requests and of the plugin.

import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** The path prefix under which the plugin is registered, `/quire` for example; empty at the root. Fastify also accepts `/quire/` and `/`. */
export const prefixOf = ({ prefix }: FastifyInstance): string => prefix.replace(/\/$/, '');

/** The path of a request without its query, which may hold secrets or texts; cut to 200 characters. */
export const pathOf = ({ url = '' }: Pick<IncomingMessage, 'url'>): string =>
  url.split('?', 1)[0]!.slice(0, 200);
