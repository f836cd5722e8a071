// Creates the error for an invalid import. Its message states the field and the fault.

import { QuireError } from '../../base/errors.ts';

export const badImport = (path: string, fault: string): QuireError =>
  new QuireError(
    'bad_import',
    `${path} ${fault}`,
    'send the unmodified response of GET /conversations/ID/export, or a list of such responses',
  );
