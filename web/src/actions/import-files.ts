// Import of conversations from files that were exported as JSON.

import { ApiError } from '../api/api-client.ts';
import type { PageError } from '../state/page-state.ts';

export interface ImportFailure extends PageError {
  readonly file: string;
}

export interface ImportResult {
  /** number of imported conversations */
  readonly count: number;
  readonly failures: readonly ImportFailure[];
}

/** Error code of a file that is not JSON. */
export const NOT_JSON_CODE = 'not_json';

/** Parses the JSON of a file. The server checks whether the JSON is an export, and returns an error if not. */
export async function parseJsonFile(file: Blob): Promise<object> {
  const text = await file.text();
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw new ApiError(0, NOT_JSON_CODE, '');
}
