import { expect, test } from 'vitest';
import { z } from 'zod';
import { promptSchema, tokenIdsSchema } from './token-id-schemas.ts';

const accepts = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;

test('a prompt is a text, a list of token ids, or a bounded list of texts or of token id lists', () => {
  const prompt = promptSchema(2);
  for (const valid of ['', 'a', [0, 1], ['a'], ['a', ''], [[0], [1, 2]]])
    expect(accepts(prompt, valid)).toBe(true);
  for (const invalid of [
    undefined,
    null,
    1,
    {},
    [],
    ['a', 1],
    [1, 'a'],
    [[]],
    [[1], 'a'],
    ['a', 'a', 'a'],
    [[1], [1], [1]],
  ]) {
    expect(accepts(prompt, invalid)).toBe(false);
  }
});

test('token ids are whole numbers from 0', () => {
  for (const valid of [[], [0], [1, 2 ** 31]]) expect(accepts(tokenIdsSchema, valid)).toBe(true);
  for (const invalid of [[-1], [1.5], ['1'], [null], [[1]], [Number.NaN], {}, '1'])
    expect(accepts(tokenIdsSchema, invalid)).toBe(false);
});

test('an invalid list produces one issue, however many of its items are invalid', () => {
  for (const schema of [tokenIdsSchema, promptSchema(2)]) {
    expect(schema.safeParse(new Array(10_000).fill({})).error?.issues).toHaveLength(1);
  }
});

test('the schemas can be converted to JSON Schema', () => {
  expect(z.toJSONSchema(tokenIdsSchema, { unrepresentable: 'any' })).toMatchObject({
    type: 'array',
    items: { type: 'integer', minimum: 0 },
  });
  expect(z.toJSONSchema(promptSchema(2), { unrepresentable: 'any' })).toMatchObject({
    anyOf: [{}, { maxItems: 2 }, {}, {}],
  });
});
