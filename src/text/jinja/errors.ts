// Errors of templates. Their kinds are Python's exception classes, because jinja catches only some of these classes.

export type PythonErrorKind =
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

/** The error for an exception that Python would raise. */
export class JinjaError extends Error {
  readonly kind: PythonErrorKind;

  constructor(kind: PythonErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The error for a feature that Python's jinja supports and Quire does not: see unsupported.ts. */
export class UnsupportedFeatureError extends Error {}

/** The error for a rendering that exceeds a limit, which the message names. */
export class TooCostlyError extends Error {}

export function raise(kind: PythonErrorKind, message: string): never {
  throw new JinjaError(kind, message);
}

/** Returns the result of `attempt`; undefined if it raises one of `kinds`. */
export function catchKinds<T>(kinds: readonly PythonErrorKind[], attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof JinjaError && kinds.includes(error.kind)) return undefined;
    throw error;
  }
}
