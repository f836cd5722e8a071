// The description of a route, which is registered with its handler: `app.post(path, { config: { api: DESCRIPTION } }, ...)`. The
// schemas of the description also validate requests. A route without a description is not in /openapi.json.

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
  /** schemas by content type */
  readonly content: Readonly<Record<string, z.ZodType>>;
}

export interface RouteDescription {
  readonly summary: string;
  /** group of routes in generated documentation */
  readonly tag: string;
  readonly description?: string;
  /** OpenAPI path without the prefix; by default the path of the router with `:name` replaced by `{name}` */
  readonly path?: string;
  /** path parameters by name */
  readonly params?: Readonly<Record<string, z.ZodType>>;
  /** query parameters by name */
  readonly query?: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** success responses by status */
  readonly responses: Readonly<Record<number, ResponseDescription>>;
  /** statuses with the common error body */
  readonly errors?: readonly number[];
}

export interface DescribedRoute extends RouteDescription {
  readonly method: string;
  readonly path: string;
}

/** Returns a list to which each described route that is registered later is added. */
export function collectRoutes(app: FastifyInstance): readonly DescribedRoute[] {
  const routes: DescribedRoute[] = [];
  app.addHook('onRoute', ({ method, url, config }) => {
    const api = config?.api;
    if (api === undefined) return;
    const path = api.path === undefined ? url.replace(/:(\w+)/g, '{$1}') : prefixOf(app) + api.path;
    for (const methodName of [method].flat()) {
      if (methodName !== 'HEAD') routes.push({ ...api, method: methodName.toLowerCase(), path });
    }
  });
  return routes;
}
