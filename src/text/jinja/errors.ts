// What goes wrong in a template. Python's kinds are told apart where jinja catches one and not the other.

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

/** What Python would raise. */
export class JinjaError extends Error {
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Python renders it, Quire does not: see refused.ts for all of them. */
export class UnsupportedFeatureError extends Error {}

/** Rendering would take more than a template may; the message names the limit. */
export class TooCostlyError extends Error {}

export function raise(kind: ErrorKind, message: string): never {
  throw new JinjaError(kind, message);
}

/** What `attempt` gives; undefined where it raises one of `kinds`. */
export function catching<T>(kinds: readonly ErrorKind[], attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof JinjaError && kinds.includes(error.kind)) return undefined;
    throw error;
  }
}
