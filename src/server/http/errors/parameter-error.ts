import { type ErrorCode, QuireError } from '../../../base/errors.ts';

/**
 * Creates an error about one parameter of a request. OpenAI's clients read the name of the parameter from `param`.
 * @param param name or path of the parameter in the request, for example `stop` or `messages.0.content`
 */
export const parameterError = (code: ErrorCode, param: string, message: string, hint: string): QuireError =>
  new QuireError(code, message, hint, { option: param });
