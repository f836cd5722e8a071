// The one way in which a damaged GGUF is reported, so that every message names the file first.

import { QuireError } from '../../base/errors.ts';

/** `source: what`; the hint says that the file is damaged unless another is given. */
export function badGguf(
  source: string,
  what: string,
  hint = 'the file is damaged or incomplete: download or convert it again',
): QuireError {
  return new QuireError('bad_gguf', `${source}: ${what}`, hint);
}
