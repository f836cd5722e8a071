// Checks which parsed JSON values are objects.

import type { JsonObject } from '../base/model/tokenizer-data.ts';

/** Whether a parsed value is an object: not a list, not null. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
