// Schemas of token id lists, which may have a million items. A zod array would run a schema, and might create an object, for each
// item. These custom schemas check each item once, and have their JSON Schema as metadata.

import { z } from 'zod';

const isTokenId = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const isListOf = (value: unknown, isItem: (item: unknown) => boolean, min: number, max: number): boolean =>
  Array.isArray(value) && value.length >= min && value.length <= max && value.every(isItem);

const isTokenIdList = (value: unknown, min = 1): boolean => isListOf(value, isTokenId, min, Infinity);

const TOKEN_IDS_JSON_SCHEMA = { type: 'array', items: { type: 'integer', minimum: 0 } } as const;

export const tokenIdsSchema = z
  .custom<number[]>((value) => isTokenIdList(value, 0), 'expected whole numbers from 0')
  .meta(TOKEN_IDS_JSON_SCHEMA);

/** Creates the schema of a prompt: a text, a list of token ids, or a list of at most `max` texts or token id lists. */
export function promptSchema(max: number): z.ZodType<string | string[] | number[] | number[][]> {
  const isPrompt = (value: unknown): boolean => {
    if (typeof value === 'string') return true;
    if (!Array.isArray(value)) return false;
    if (typeof value[0] === 'number') return isTokenIdList(value);
    return isListOf(value, typeof value[0] === 'string' ? isText : (item) => isTokenIdList(item), 1, max);
  };
  const nonEmptyList = { type: 'array', minItems: 1 } as const;
  return z.custom<string | string[] | number[] | number[][]>(isPrompt, 'Invalid input').meta({
    anyOf: [
      { type: 'string' },
      { ...nonEmptyList, maxItems: max, items: { type: 'string' } },
      { ...TOKEN_IDS_JSON_SCHEMA, minItems: 1 },
      { ...nonEmptyList, maxItems: max, items: { ...TOKEN_IDS_JSON_SCHEMA, minItems: 1 } },
    ],
  });
}

const isText = (value: unknown): boolean => typeof value === 'string';
