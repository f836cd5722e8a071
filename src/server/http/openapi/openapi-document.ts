// The OpenAPI 3.1 document of the routes that are registered, from the schemas that validate them. Pure: it is given
// descriptions and gives plain data.

import { z } from 'zod';
import { defined } from '../../../base/defined.ts';
import type { AnswerDescription, DescribedRoute } from './route-description.ts';

export const errorSchema = z.strictObject({
  error: z.strictObject({
    message: z.string().describe('what was wrong, and what to do'),
    type: z.string(),
    param: z.string().nullable().describe('the parameter at fault'),
    code: z.string().describe('stable: one of the codes of QuireError'),
  }),
});

export interface OpenApiOptions {
  readonly version: string;
  /** whether a bearer key is asked for */
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
      schemas: { Error: jsonSchema(errorSchema, 'output') },
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operation(route: DescribedRoute): object {
  const { summary, description, tag, body } = route;
  const parameters = [...named(route.params, 'path'), ...named(route.query, 'query')];
  return {
    summary,
    ...defined({ description }),
    tags: [tag],
    operationId: `${route.method}${route.path.replace(/[^a-z0-9]+/gi, '_').replace(/_$/, '')}`,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(body, 'input') } },
          },
        }),
    responses: { ...answers(route.answers), ...errors(route.errors ?? []) },
  };
}

function named(schemas: Readonly<Record<string, z.ZodType>> | undefined, place: 'path' | 'query'): object[] {
  return Object.entries(schemas ?? {}).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || !schema.safeParse(undefined).success,
    schema: jsonSchema(schema, 'input'),
  }));
}

function answers(given: Readonly<Record<number, AnswerDescription>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(given).map(([status, { description, content }]) => [
      status,
      {
        description,
        content: Object.fromEntries(
          Object.entries(content).map(([type, schema]) => [type, { schema: jsonSchema(schema, 'output') }]),
        ),
      },
    ]),
  );
}

function errors(statuses: readonly number[]): Record<string, object> {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: MEANING[status] ?? 'refused', content }]),
  );
}

const MEANING: Readonly<Record<number, string>> = {
  400: 'the request is not valid, or asks for what is not offered',
  401: 'no key, or not a good one',
  403: 'the page that asks is foreign',
  404: 'there is no such thing',
  409: 'it does not fit the state',
  413: 'the body is too large',
  422: 'the chat template refuses the messages',
  429: 'the queue is full; Retry-After says when to ask again',
  500: 'a fault of the server',
  503: 'the model is loading, or the server is stopping; Retry-After says when to ask again',
};

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  });
  return rest;
}
