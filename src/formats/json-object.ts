// Checks which parsed JSON values are objects.

import type { JsonObject } from '../base/model/tokenizer-data.ts';

/** Returns whether a parsed value is an object, and neither a list nor null. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
