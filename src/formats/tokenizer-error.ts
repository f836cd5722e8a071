// The error for tokenizer files that are damaged or inconsistent.

import { QuireError } from '../base/errors.ts';

export function badTokenizer(
  source: string,
  message: string,
  hint = 'download the tokenizer again',
): QuireError {
  return new QuireError('bad_tokenizer', `${source}: ${message}`, hint);
}
