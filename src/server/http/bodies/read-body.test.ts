import { expect, test } from 'vitest';
import { z } from 'zod';
import { QuireError } from '../../../base/errors.ts';
import { type BodyFields, optional, readBody, readRequest } from './read-body.ts';

const schema = z.strictObject({
  max_tokens: optional(z.int().min(0)).describe('a whole number from 0'),
  stop: z.array(z.string()),
  inner: optional(z.strictObject({ deep: z.boolean() })).describe('{"deep": true}'),
});
const FIELDS: BodyFields = {
  emptyAllowed: ['stop'],
  ignored: { store: 'responses are not stored' },
  rejected: { tools: { hint: 'omit it', acceptedValues: ['none', { type: 'text' }] } },
  nested: {
    inner: { supported: ['deep'], ignored: { padded: 'there is no padding' }, rejected: {} },
  },
};

function errorOf(body: unknown): QuireError {
  try {
    readRequest(schema, body, FIELDS);
  } catch (error) {
    if (error instanceof QuireError) return error;
  }
  throw new Error('the body was accepted');
}

test('readBody returns the values, and treats null as absent', () => {
  expect(readBody(schema, { stop: ['x'], max_tokens: null, tools: null })).toEqual({ stop: ['x'] });
});

test('empty values count as absent for every name, except for names in emptyAllowed', () => {
  const empty = { max_tokens: '', tools: [], inner: {}, store: '', unheard_of: null, another: {} };
  expect(readRequest(schema, { stop: [], ...empty }, FIELDS)).toEqual({
    parameters: { stop: [] },
    ignored: [],
  });
});

test('readRequest accepts a field of `rejected` if the value is one of acceptedValues', () => {
  for (const tools of ['none', { type: 'text' }])
    expect(readRequest(schema, { stop: [], tools }, FIELDS)).toEqual({
      parameters: { stop: [] },
      ignored: [],
    });
});

test('readRequest lists fields without effect, including nested fields', () => {
  const body = { stop: [], store: true, inner: { padded: true } };
  expect(readRequest(schema, body, FIELDS)).toEqual({
    parameters: { stop: [] },
    ignored: ['store', 'inner.padded'],
  });
});

test.each([
  [{ stop: [], tools: [1] }, 'not_supported', 'tools', 'omit it'],
  [{ stop: [], max_token: 1 }, 'unknown_option', 'max_token', 'did you mean "max_tokens"?'],
  [{ stop: [], quantum: 1 }, 'unknown_option', 'quantum', 'known names: max_tokens, stop, inner'],
  [{ stop: [], max_tokens: -1 }, 'bad_option', 'max_tokens', 'expected a whole number from 0'],
  [{ stop: ['x', 1] }, 'bad_option', 'stop.1', 'see /openapi.json'],
  [{}, 'bad_option', 'stop', 'see /openapi.json'],
  [{ stop: [], inner: { deep: true, more: 1 } }, 'unknown_option', 'inner.more', 'known names: deep'],
  [{ stop: [], constructor: 1 }, 'unknown_option', 'constructor', 'known names: max_tokens, stop, inner'],
])('readRequest rejects %j and names the parameter', (body, code, param, hint) => {
  const error = errorOf(body);
  expect(error).toMatchObject({ code, option: param, hint });
});

test.each([[undefined], [null], [[]], ['x'], [1]])(
  'readRequest rejects a body that is not an object: %j',
  (body) => {
    expect(errorOf(body).code).toBe('bad_message');
  },
);

test('an error about a long name quotes only the start of the name', () => {
  const error = errorOf({ stop: [], ['n'.repeat(10_000)]: 1 });
  expect(error.line.length).toBeLessThan(400);
});
