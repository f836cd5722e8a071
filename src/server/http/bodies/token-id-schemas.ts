// Lists of token ids and of texts in a body: there may be a million of them. A schema of the library takes a step and may make
// an object for each, so here each is looked at once, and the list says how it is described.

import { z } from 'zod';

const isTokenId = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const isList = (value: unknown, holds: (one: unknown) => boolean, least: number, most: number): boolean =>
  Array.isArray(value) && value.length >= least && value.length <= most && value.every(holds);

const isTokenIds = (value: unknown, least = 1): boolean => isList(value, isTokenId, least, Infinity);

const ids = { type: 'array', items: { type: 'integer', minimum: 0 } } as const;

export const tokenIdsSchema = z
  .custom<number[]>((value) => isTokenIds(value, 0), 'expected whole numbers from 0')
  .meta(ids);

/** A text, token ids, or a list of at most `most` of either. */
export function promptSchema(most: number): z.ZodType<string | string[] | number[] | number[][]> {
  const isPrompt = (value: unknown): boolean => {
    if (typeof value === 'string') return true;
    if (!Array.isArray(value)) return false;
    if (typeof value[0] === 'number') return isTokenIds(value);
    return isList(value, typeof value[0] === 'string' ? isText : (one) => isTokenIds(one), 1, most);
  };
  const list = { type: 'array', minItems: 1 } as const;
  return z.custom<string | string[] | number[] | number[][]>(isPrompt, 'Invalid input').meta({
    anyOf: [
      { type: 'string' },
      { ...list, maxItems: most, items: { type: 'string' } },
      { ...ids, minItems: 1 },
      { ...list, maxItems: most, items: { ...ids, minItems: 1 } },
    ],
  });
}

const isText = (value: unknown): boolean => typeof value === 'string';
