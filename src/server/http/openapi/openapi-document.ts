// Builds the OpenAPI 3.1 document of the described routes from the schemas that validate their requests. @fastify/swagger is not
// used, because it would need a validator compiler for zod, whereas read-body.ts validates requests and suggests the nearest
// parameter name in its errors.

import { z } from 'zod';
import { omitUndefined } from '../../../base/omit-undefined.ts';
import type { DescribedRoute, ResponseDescription } from './route-description.ts';

export const errorSchema = z.strictObject({
  error: z.strictObject({
    message: z.string().describe('what was wrong, and what to do'),
    type: z.string(),
    param: z.string().nullable().describe('the parameter that caused the error'),
    code: z.string().describe('stable error code'),
  }),
});

export interface OpenApiOptions {
  readonly version: string;
  /** whether requests need a bearer key */
  readonly keys: boolean;
}

export function openApiDocument(routes: readonly DescribedRoute[], { version, keys }: OpenApiOptions) {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    paths[route.path]![route.method] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Quire', version, license: { name: 'MIT', identifier: 'MIT' } },
    ...(keys ? { security: [{ key: [] }] } : {}),
    paths,
    components: {
      schemas: { Error: toJsonSchema(errorSchema, 'output') },
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operation(route: DescribedRoute): object {
  const { summary, description, tag, body } = route;
  const parameters = [...parametersIn('path', route.params), ...parametersIn('query', route.query)];
  return {
    summary,
    ...omitUndefined({ description }),
    tags: [tag],
    operationId: `${route.method}${route.path.replace(/[^a-z0-9]+/gi, '_').replace(/_$/, '')}`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: toJsonSchema(body, 'input') } },
          },
        }),
    responses: { ...successResponses(route.responses), ...errorResponses(route.errors ?? []) },
  };
}

function parametersIn(
  location: 'path' | 'query',
  schemas: Readonly<Record<string, z.ZodType>> = {},
): object[] {
  return Object.entries(schemas).map(([name, schema]) => ({
    name,
    in: location,
    required: location === 'path' || !schema.safeParse(undefined).success,
    schema: toJsonSchema(schema, 'input'),
  }));
}

function successResponses(responses: Readonly<Record<number, ResponseDescription>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, { description, content }]) => [
      status,
      {
        description,
        content: Object.fromEntries(
          Object.entries(content).map(([type, schema]) => [type, { schema: toJsonSchema(schema, 'output') }]),
        ),
      },
    ]),
  );
}

function errorResponses(statuses: readonly number[]): Record<string, object> {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: ERRORS[status] ?? 'error', content }]),
  );
}

const ERRORS: Readonly<Record<number, string>> = {
  400: 'the request is not valid, or uses an unsupported feature',
  401: 'the API key is missing or not valid',
  403: 'the page that sent the request may not use the server, or a quota is exceeded',
  404: 'not found',
  409: 'conflicts with the current state',
  413: 'the body is too large',
  422: 'the chat template rejects the messages',
  429: 'the queue is full or a limit of the key is reached; Retry-After states when to retry',
  500: 'a fault of the server',
  503: 'the model is loading, or the server is stopping; Retry-After states when to retry',
};

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  });
  return jsonSchema;
}
