// An error that one parameter of a request is at fault for: OpenAI's clients read its name from `param`.

import { type ErrorCode, QuireError } from '../base/errors.ts';

export class ParameterError extends QuireError {
  /** as the client wrote it, for example `stop` or `messages.0.content` */
  readonly param: string;

  constructor(code: ErrorCode, param: string, what: string, hint: string) {
    super(code, what, hint);
    this.param = param;
  }
}
