// Why an import is refused: where in it something is, and what is wrong there.

import { QuireError } from '../../base/errors.ts';

export const badImport = (at: string, what: string): QuireError =>
  new QuireError(
    'bad_import',
    `${at} ${what}`,
    'send what GET /conversations/ID/export gave, as it was, or a list of such',
  );
