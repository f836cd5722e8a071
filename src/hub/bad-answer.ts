// An answer that no hub should give: something else listens at the address, or means harm.

import { QuireError } from '../base/errors.ts';

export function badAnswer(what: string, cause?: unknown): QuireError {
  const hint = 'check HF_ENDPOINT, which should be the address of a Hugging Face hub or mirror';
  return new QuireError('bad_hub_answer', what, hint, { cause });
}
