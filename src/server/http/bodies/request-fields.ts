// The fields that a request may have, in three classes: those that a route's schema has are honoured; those that change
// no answer are accepted without effect, and the response names them; those that would change it are refused by name.
// Values that ask for nothing (null, an empty text, list or object) are no values, whatever the name.

import type { QuireError } from '../../../base/errors.ts';
import { nearestName } from '../../../base/nearest-name.ts';
import { parameterError } from '../errors/parameter-error.ts';

export interface Refusal {
  /** what to do instead */
  readonly instead: string;
  /** values that say what happens anyway, and are taken */
  readonly neutral: readonly unknown[];
}

/** What is known of names that a schema does not have. */
export interface OtherFields {
  /** without effect, each with the reason */
  readonly ignored: Readonly<Record<string, string>>;
  readonly refused: Readonly<Record<string, Refusal>>;
}

export interface RequestFields extends OtherFields {
  /** names of the schema */
  readonly honoured: readonly string[];
  /** those of them that say something even when they are empty */
  readonly meantEmpty?: readonly string[];
}

export const NO_OTHER_FIELDS: OtherFields = { ignored: {}, refused: {} };

/** Where an object stands in a request. */
export interface FieldPath {
  /** for errors, with a dot at its end: `messages.0.` */
  readonly before: string;
  /** adds to the names that had no effect, under this path instead of `before`: `messages.` */
  readonly ignore: (name: string) => void;
}

/** Whether a value says nothing: what clients send for what they do not set. */
export function asksNothing(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (typeof value !== 'object') return false;
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
}

/** The fields that have an effect. Raises `not_supported` and `unknown_option`, with the name at fault. */
export function effectiveFields(
  given: object,
  { honoured, meantEmpty = [], ignored, refused }: RequestFields,
  { before, ignore }: FieldPath,
): Record<string, unknown> {
  const kept: [string, unknown][] = [];
  for (const [name, value] of Object.entries(given)) {
    if (value === null || (asksNothing(value) && !meantEmpty.includes(name))) continue;
    if (honoured.includes(name)) kept.push([name, value]);
    else if (Object.hasOwn(ignored, name)) ignore(name);
    else if (Object.hasOwn(refused, name)) checkNeutral(before + name, value, refused[name]!);
    else throw unknownField(before + name.slice(0, 64), honoured, name);
  }
  return Object.fromEntries(kept);
}

function checkNeutral(param: string, value: unknown, { instead, neutral }: Refusal): void {
  if (neutral.some((one) => JSON.stringify(one) === JSON.stringify(value))) return;
  throw parameterError('not_supported', param, `"${param}" is not offered${shown(value)}`, instead);
}

// Which value was refused, where it is short.
function shown(value: unknown): string {
  const text = typeof value === 'object' ? shortObject(value) : JSON.stringify(value);
  return text === undefined || text.length > 64 ? '' : ` (${text})`;
}

function shortObject(value: object | null): string | undefined {
  if (value === null || Array.isArray(value)) return undefined;
  const { type } = value as { type?: unknown };
  return typeof type === 'string' ? JSON.stringify(type) : undefined;
}

function unknownField(param: string, known: readonly string[], name: string): QuireError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean "${nearest}"?`;
  return parameterError('unknown_option', param, `the parameter ${JSON.stringify(param)} is not known`, hint);
}
