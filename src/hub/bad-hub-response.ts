// Creates the error for a response that no valid hub would send: another service may have this address, or the hub may
// be malicious.

import { QuireError } from '../base/errors.ts';

export function badHubResponse(message: string, cause?: unknown): QuireError {
  const hint = 'check HF_ENDPOINT, which should be the address of a Hugging Face hub or mirror';
  return new QuireError('bad_hub_answer', message, hint, { cause });
}
