// Files that were exported as JSON, on their way back.

import { ApiError } from '../api/api-client.ts';
import type { Trouble } from '../state/page-state.ts';

export interface ImportFailure extends Trouble {
  readonly file: string;
}

export interface ImportResult {
  /** conversations that came in */
  readonly count: number;
  readonly failures: readonly ImportFailure[];
}

/** Code of a file that is no JSON at all. */
export const NOT_JSON = 'not_json';

/** Whether it is an export the server decides; it says what is wrong, and where. */
export async function readJson(file: Blob): Promise<object> {
  const text = await file.text();
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw new ApiError(0, NOT_JSON, '');
}
