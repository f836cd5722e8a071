// Describes a route next to its handler: `app.post(path, { config: { api: DESCRIPTION } }, ...)`. The schemas of the description
// are those that validate requests. A route without a description is not part of /openapi.json.

import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { prefixOf } from '../url-path.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly api?: RouteDescription;
  }
}

export interface ResponseDescription {
  readonly description: string;
  /** by content type */
  readonly content: Readonly<Record<string, z.ZodType>>;
}

export interface RouteDescription {
  readonly summary: string;
  /** group of routes in generated documentation */
  readonly tag: string;
  readonly description?: string;
  /** OpenAPI path without the prefix, if it is not the router's path with `:name` replaced by `{name}` */
  readonly path?: string;
  /** path parameters by name */
  readonly params?: Readonly<Record<string, z.ZodType>>;
  /** query parameters by name */
  readonly query?: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** by status */
  readonly responses: Readonly<Record<number, ResponseDescription>>;
  /** statuses with the common error body */
  readonly errors?: readonly number[];
}

export interface DescribedRoute extends RouteDescription {
  readonly method: string;
  readonly path: string;
}

/** Returns a list that receives each described route registered from now on. */
export function collectRoutes(app: FastifyInstance): readonly DescribedRoute[] {
  const routes: DescribedRoute[] = [];
  app.addHook('onRoute', ({ method, url, config }) => {
    const api = config?.api;
    if (api === undefined) return;
    const path = api.path === undefined ? url.replace(/:(\w+)/g, '{$1}') : prefixOf(app) + api.path;
    for (const name of [method].flat()) {
      if (name !== 'HEAD') routes.push({ ...api, method: name.toLowerCase(), path });
    }
  });
  return routes;
}
