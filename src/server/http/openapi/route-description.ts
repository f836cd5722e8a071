// What a route takes and gives, said once beside its handler: `app.post(path, { config: { api: DESCRIPTION } }, ...)`.
// The same schemas validate requests, and make the page at /openapi.json. A route without a description is not there.

import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { prefixOf } from '../url-prefix.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly api?: RouteDescription;
  }
}

export interface AnswerDescription {
  readonly description: string;
  /** by content type */
  readonly content: Readonly<Record<string, z.ZodType>>;
}

export interface RouteDescription {
  readonly summary: string;
  /** groups routes in documentation */
  readonly tag: string;
  readonly description?: string;
  /** as OpenAPI writes it, without a prefix, where that is not the router's path with `:name` as `{name}` */
  readonly path?: string;
  /** parameters in the path, by name */
  readonly params?: Readonly<Record<string, z.ZodType>>;
  /** parameters after the question mark, by name */
  readonly query?: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** by status */
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  /** statuses that come with the common form of errors */
  readonly errors?: readonly number[];
}

export interface DescribedRoute extends RouteDescription {
  readonly method: string;
  readonly path: string;
}

/** A list that grows with each described route that is registered from now on. */
export function collectRoutes(app: FastifyInstance): readonly DescribedRoute[] {
  const routes: DescribedRoute[] = [];
  app.addHook('onRoute', ({ method, url, config }) => {
    const api = config?.api;
    if (api === undefined) return;
    const path = api.path === undefined ? url.replace(/:(\w+)/g, '{$1}') : prefixOf(app) + api.path;
    for (const one of [method].flat()) {
      if (one !== 'HEAD') routes.push({ ...api, method: one.toLowerCase(), path });
    }
  });
  return routes;
}
