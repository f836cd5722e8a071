// Where in an application the server is: `/quire`, or nothing at the root. Fastify takes `/quire/` and `/` too.

import type { FastifyInstance } from 'fastify';

export const prefixOf = ({ prefix }: FastifyInstance): string => prefix.replace(/\/$/, '');
