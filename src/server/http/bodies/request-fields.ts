// Sorts the fields of a request into three classes. Fields in the schema of the route are supported. Other fields that do not
// affect the answer are ignored, and the response lists their names. Other fields that would affect it are rejected.
// Empty values (null, an empty string, array or object) count as absent for every name.

import type { QuireError } from '../../../base/errors.ts';
import { nearestName } from '../../../base/nearest-name.ts';
import { parameterError } from '../errors/parameter-error.ts';

export interface Rejection {
  readonly hint: string;
  /** values with which the field is accepted and dropped, because they request the default behaviour */
  readonly acceptedValues: readonly unknown[];
}

/** Fields that are not in a schema, but that clients of other servers send. */
export interface CompatibilityFields {
  /** fields without effect, each with the reason */
  readonly ignored: Readonly<Record<string, string>>;
  readonly rejected: Readonly<Record<string, Rejection>>;
}

export interface RequestFields extends CompatibilityFields {
  /** names in the schema */
  readonly supported: readonly string[];
  /** names in the schema whose empty values are meaningful */
  readonly emptyAllowed?: readonly string[];
}

export const NO_COMPATIBILITY_FIELDS: CompatibilityFields = { ignored: {}, rejected: {} };

/** The path of an object in a request, and the function that records its ignored fields. */
export interface FieldContext {
  /** path for errors, with a dot at its end: `messages.0.` */
  readonly prefix: string;
  /** records a field without effect */
  readonly ignore: (name: string) => void;
}

/** Whether a value is one of those that clients send for parameters that they do not set. */
export function isEmptyValue(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (typeof value !== 'object') return false;
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
}

/** Returns the fields that have an effect. Throws `not_supported` and `unknown_option`; the error names the field. */
export function effectiveFields(
  object: object,
  { supported, emptyAllowed = [], ignored, rejected }: RequestFields,
  { prefix, ignore }: FieldContext,
): Record<string, unknown> {
  const effective: [string, unknown][] = [];
  for (const [name, value] of Object.entries(object)) {
    if (value === null || (isEmptyValue(value) && !emptyAllowed.includes(name))) continue;
    if (supported.includes(name)) effective.push([name, value]);
    else if (Object.hasOwn(ignored, name)) ignore(name);
    else if (Object.hasOwn(rejected, name)) checkAccepted(prefix + name, value, rejected[name]!);
    else throw unknownField(prefix + name.slice(0, 64), supported, name);
  }
  return Object.fromEntries(effective);
}

function checkAccepted(param: string, value: unknown, { hint, acceptedValues }: Rejection): void {
  if (acceptedValues.some((accepted) => JSON.stringify(accepted) === JSON.stringify(value))) return;
  throw parameterError('not_supported', param, `"${param}" is not supported${inParentheses(value)}`, hint);
}

// Shows a rejected value if it is short.
function inParentheses(value: unknown): string {
  const text = typeof value === 'object' ? typeOf(value) : JSON.stringify(value);
  return text === undefined || text.length > 64 ? '' : ` (${text})`;
}

// Objects such as `response_format` are identified by their `type`.
function typeOf(value: object | null): string | undefined {
  if (value === null || Array.isArray(value)) return undefined;
  const { type } = value as { type?: unknown };
  return typeof type === 'string' ? JSON.stringify(type) : undefined;
}

function unknownField(param: string, known: readonly string[], name: string): QuireError {
  const message = `unknown parameter ${JSON.stringify(param)}`;
  return parameterError('unknown_option', param, message, suggestName(name, known));
}

/** Returns the hint of an error about an unknown name: the nearest known name, or all known names. */
export function suggestName(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? `known names: ${known.join(', ')}` : `did you mean "${nearest}"?`;
}
