// Errors of templates. Their kinds are Python's exception classes, because jinja catches some of them and not others.

export type ErrorKind =
  | 'TypeError'
  | 'ValueError'
  | 'LookupError'
  | 'OverflowError'
  | 'ZeroDivisionError'
  | 'RecursionError'
  | 'UndefinedError'
  | 'SecurityError'
  | 'SyntaxError'
  | 'TemplateError';

/** An exception that Python would raise. */
export class JinjaError extends Error {
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** A feature that Python's jinja supports and Quire does not: see unsupported.ts. */
export class UnsupportedFeatureError extends Error {}

/** Rendering exceeds a limit, which the message names. */
export class TooCostlyError extends Error {}

export function raise(kind: ErrorKind, message: string): never {
  throw new JinjaError(kind, message);
}

/** Returns the result of `attempt`; undefined if it raises one of `kinds`. */
export function catching<T>(kinds: readonly ErrorKind[], attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof JinjaError && kinds.includes(error.kind)) return undefined;
    throw error;
  }
}
