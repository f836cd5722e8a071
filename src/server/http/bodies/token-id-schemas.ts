// Schemas of token id lists, which may have a million items. A zod array would take a step, and perhaps an object, per item.
// These custom schemas check each item once, and carry their JSON Schema as metadata.

import { z } from 'zod';

const isTokenId = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const isListOf = (value: unknown, isItem: (item: unknown) => boolean, min: number, max: number): boolean =>
  Array.isArray(value) && value.length >= min && value.length <= max && value.every(isItem);

const isTokenIds = (value: unknown, min = 1): boolean => isListOf(value, isTokenId, min, Infinity);

const ids = { type: 'array', items: { type: 'integer', minimum: 0 } } as const;

export const tokenIdsSchema = z
  .custom<number[]>((value) => isTokenIds(value, 0), 'expected whole numbers from 0')
  .meta(ids);

/** A text, token ids, or a list of at most `max` of either. */
export function promptSchema(max: number): z.ZodType<string | string[] | number[] | number[][]> {
  const isPrompt = (value: unknown): boolean => {
    if (typeof value === 'string') return true;
    if (!Array.isArray(value)) return false;
    if (typeof value[0] === 'number') return isTokenIds(value);
    return isListOf(value, typeof value[0] === 'string' ? isText : (item) => isTokenIds(item), 1, max);
  };
  const list = { type: 'array', minItems: 1 } as const;
  return z.custom<string | string[] | number[] | number[][]>(isPrompt, 'Invalid input').meta({
    anyOf: [
      { type: 'string' },
      { ...list, maxItems: max, items: { type: 'string' } },
      { ...ids, minItems: 1 },
      { ...list, maxItems: max, items: { ...ids, minItems: 1 } },
    ],
  });
}

const isText = (value: unknown): boolean => typeof value === 'string';
