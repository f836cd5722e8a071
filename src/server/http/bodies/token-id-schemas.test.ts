import { expect, test } from 'vitest';
import { z } from 'zod';
import { promptSchema, tokenIdsSchema } from './token-id-schemas.ts';

const takes = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;

test('a prompt is a text, ids, or a short list of either', () => {
  const prompt = promptSchema(2);
  for (const good of ['', 'a', [0, 1], ['a'], ['a', ''], [[0], [1, 2]]])
    expect(takes(prompt, good)).toBe(true);
  for (const bad of [
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
    expect(takes(prompt, bad)).toBe(false);
  }
});

test('ids are whole numbers from 0', () => {
  for (const good of [[], [0], [1, 2 ** 31]]) expect(takes(tokenIdsSchema, good)).toBe(true);
  for (const bad of [[-1], [1.5], ['1'], [null], [[1]], [Number.NaN], {}, '1'])
    expect(takes(tokenIdsSchema, bad)).toBe(false);
});

test('a refused list has one issue, however many of its items are wrong', () => {
  for (const schema of [tokenIdsSchema, promptSchema(2)]) {
    expect(schema.safeParse(new Array(10_000).fill({})).error?.issues).toHaveLength(1);
  }
});

test('they are described as they are', () => {
  expect(z.toJSONSchema(tokenIdsSchema, { unrepresentable: 'any' })).toMatchObject({
    type: 'array',
    items: { type: 'integer', minimum: 0 },
  });
  expect(z.toJSONSchema(promptSchema(2), { unrepresentable: 'any' })).toMatchObject({
    anyOf: [{}, { maxItems: 2 }, {}, {}],
  });
});
