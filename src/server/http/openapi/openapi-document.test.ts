import { expect, test } from 'vitest';
import { z } from 'zod';
import { optional } from '../bodies/read-body.ts';
import { openApiDocument } from './openapi-document.ts';

const ROUTE = {
  method: 'post',
  path: '/things/{id}',
  summary: 'A thing',
  tag: 'things',
  params: { id: z.string() },
  query: { limit: z.coerce.number().optional() },
  body: z.strictObject({ name: z.string(), size: optional(z.int()).describe('how large') }),
  responses: {
    200: { description: 'done', content: { 'application/json': z.strictObject({ ok: z.boolean() }) } },
  },
  errors: [404],
};

test('openApiDocument describes a route as an operation with its parameters, body and errors', () => {
  const { paths, openapi } = openApiDocument([ROUTE], { version: '1', keys: false });
  expect(openapi).toBe('3.1.0');
  expect(paths).toEqual({
    '/things/{id}': {
      post: {
        summary: 'A thing',
        tags: ['things'],
        operationId: 'post_things_id',
        parameters: [
          { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'limit', in: 'query', required: false, schema: { type: 'number' } },
        ],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: {
                  name: { type: 'string' },
                  size: expect.objectContaining({ description: 'how large' }),
                },
                required: ['name'],
                additionalProperties: false,
              },
            },
          },
        },
        responses: {
          200: {
            description: 'done',
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: { ok: { type: 'boolean' } },
                  required: ['ok'],
                  additionalProperties: false,
                },
              },
            },
          },
          404: {
            description: 'not found',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
          },
        },
      },
    },
  });
});

test('openApiDocument requires a key only if the server requires keys', () => {
  expect(openApiDocument([], { version: '1', keys: true }).security).toEqual([{ key: [] }]);
  expect(openApiDocument([], { version: '1', keys: false })).not.toHaveProperty('security');
});
