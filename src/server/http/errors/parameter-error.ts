import { type ErrorCode, QuireError } from '../../../base/errors.ts';

/**
 * An error caused by one parameter of a request. OpenAI's clients read its name from `param`.
 * @param param as the client wrote it, for example `stop` or `messages.0.content`
 */
export const parameterError = (code: ErrorCode, param: string, what: string, hint: string): QuireError =>
  new QuireError(code, what, hint, { option: param });
