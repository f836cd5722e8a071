import { expect, test } from 'vitest';
import { effectiveFields, isEmptyValue, type RequestFields, suggestName } from './request-fields.ts';

const FIELDS: RequestFields = {
  supported: ['role', 'content'],
  emptyAllowed: ['content'],
  ignored: { id: 'not used' },
  rejected: { audio: { hint: 'omit it', acceptedValues: ['none', { type: 'text' }] } },
};

function read(object: object): { fields: object; ignored: string[] } {
  const ignored: string[] = [];
  const ignore = (name: string): unknown => ignored.push(name);
  return { fields: effectiveFields(object, FIELDS, { prefix: 'messages.0.', ignore }), ignored };
}

function errorOf(object: object): unknown {
  try {
    return read(object);
  } catch (error) {
    return error;
  }
}

test.each([null, undefined, '', [], {}])('isEmptyValue is true for %j', (value) => {
  expect(isEmptyValue(value)).toBe(true);
});

test.each([false, 0, ' ', [null], { a: null }])('isEmptyValue is false for %j', (value) => {
  expect(isEmptyValue(value)).toBe(false);
});

test('effectiveFields returns supported fields, and reports ignored fields', () => {
  expect(read({ role: 'user', content: 'x', id: 7 })).toEqual({
    fields: { role: 'user', content: 'x' },
    ignored: ['id'],
  });
});

test('effectiveFields drops null, and drops other empty values unless the field allows empty values', () => {
  expect(read({ role: '', content: '', id: {}, audio: [], unknown: null }).fields).toEqual({ content: '' });
  expect(read({ content: null }).fields).toEqual({});
});

test.each(['none', { type: 'text' }])(
  'effectiveFields accepts a field of `rejected` with %j, which is one of acceptedValues',
  (audio) => {
    expect(read({ audio })).toEqual({ fields: {}, ignored: [] });
  },
);

test.each([
  [{ audio: 'mp3' }, 'not_supported', 'messages.0.audio', '"messages.0.audio" is not supported ("mp3")'],
  [
    { audio: { type: 'mp3' } },
    'not_supported',
    'messages.0.audio',
    '"messages.0.audio" is not supported ("mp3")',
  ],
  [{ audio: 'x'.repeat(100) }, 'not_supported', 'messages.0.audio', '"messages.0.audio" is not supported'],
  [{ rolle: 1 }, 'unknown_option', 'messages.0.rolle', 'unknown parameter "messages.0.rolle"'],
  [
    { __proto__: null, toString: 1 },
    'unknown_option',
    'messages.0.toString',
    'unknown parameter "messages.0.toString"',
  ],
])('effectiveFields rejects %j and names the path of the field', (object, code, option, message) => {
  expect(errorOf(object)).toMatchObject({ code, option, message });
});

test('suggestName suggests the nearest name, or lists all names', () => {
  expect(suggestName('conten', ['role', 'content'])).toBe('did you mean "content"?');
  expect(suggestName('xyz', ['role', 'content'])).toBe('known names: role, content');
});
