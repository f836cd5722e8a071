// The error of an invalid import: the field and what is wrong with it.

import { QuireError } from '../../base/errors.ts';

export const badImport = (at: string, what: string): QuireError =>
  new QuireError(
    'bad_import',
    `${at} ${what}`,
    'send the unmodified response of GET /conversations/ID/export, or a list of such responses',
  );
