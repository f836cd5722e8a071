// The error for an answer that is not that of a hub: another service has this address, or the hub is malicious.

import { QuireError } from '../base/errors.ts';

export function badAnswer(what: string, cause?: unknown): QuireError {
  const hint = 'check HF_ENDPOINT, which should be the address of a Hugging Face hub or mirror';
  return new QuireError('bad_hub_answer', what, hint, { cause });
}
