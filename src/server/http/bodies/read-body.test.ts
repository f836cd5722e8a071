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
  ignored: { store: 'nothing is stored' },
  rejected: { tools: { hint: 'leave it out', acceptedValues: ['none', { type: 'text' }] } },
  nested: {
    inner: { supported: ['deep'], ignored: { padded: 'there is no padding' }, rejected: {} },
  },
};

function refused(body: unknown): QuireError {
  try {
    readRequest(schema, body, FIELDS);
  } catch (error) {
    if (error instanceof QuireError) return error;
  }
  throw new Error('accepted');
}

test('values come as they are, and null is nothing', () => {
  expect(readBody(schema, { stop: ['x'], max_tokens: null, tools: null })).toEqual({ stop: ['x'] });
});

test('values that ask for nothing are none, whatever the name', () => {
  const nothing = { max_tokens: '', tools: [], inner: {}, store: '', unheard_of: null, another: {} };
  expect(readRequest(schema, { stop: [], ...nothing }, FIELDS)).toEqual({ asked: { stop: [] }, ignored: [] });
});

test('values that say what happens anyway are taken', () => {
  for (const tools of ['none', { type: 'text' }])
    expect(readRequest(schema, { stop: [], tools }, FIELDS)).toEqual({ asked: { stop: [] }, ignored: [] });
});

test('what has no effect is named, inside parameters too', () => {
  const body = { stop: [], store: true, inner: { padded: true } };
  expect(readRequest(schema, body, FIELDS)).toEqual({
    asked: { stop: [] },
    ignored: ['store', 'inner.padded'],
  });
});

test.each([
  [{ stop: [], tools: [1] }, 'not_supported', 'tools', 'leave it out'],
  [{ stop: [], max_token: 1 }, 'unknown_option', 'max_token', 'did you mean "max_tokens"?'],
  [{ stop: [], quantum: 1 }, 'unknown_option', 'quantum', 'known are max_tokens, stop, inner'],
  [{ stop: [], max_tokens: -1 }, 'bad_option', 'max_tokens', 'it takes a whole number from 0'],
  [{ stop: ['x', 1] }, 'bad_option', 'stop.1', 'see /openapi.json'],
  [{}, 'bad_option', 'stop', 'see /openapi.json'],
  [{ stop: [], inner: { deep: true, more: 1 } }, 'unknown_option', 'inner.more', 'known are deep'],
  [{ stop: [], constructor: 1 }, 'unknown_option', 'constructor', 'known are max_tokens, stop, inner'],
])('%j is refused by name', (body, code, param, hint) => {
  const error = refused(body);
  expect(error).toMatchObject({ code, option: param, hint });
});

test.each([[undefined], [null], [[]], ['x'], [1]])('%j is no object', (body) => {
  expect(refused(body).code).toBe('bad_message');
});

test('what is quoted is short', () => {
  const error = refused({ stop: [], ['n'.repeat(10_000)]: 1 });
  expect(error.line.length).toBeLessThan(400);
});
