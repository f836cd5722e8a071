// The error for a damaged GGUF. All messages begin with the name of the file.

import { QuireError } from '../../base/errors.ts';

/** @param hint states by default that the file is damaged */
export function badGguf(
  source: string,
  message: string,
  hint = 'the file is damaged or incomplete: download or convert it again',
): QuireError {
  return new QuireError('bad_gguf', `${source}: ${message}`, hint);
}
