import { QuireError } from '../base/errors.ts';

/** Creates the error of requests and turns that a stopping server rejects or cancels. */
export const shuttingDownError = (): QuireError =>
  new QuireError('shutting_down', 'the server is stopping', 'try again when the server is running again');
