// Checks the type and size of values in an import. Each function throws `bad_import` for an invalid value, so that the part
// of a hostile import after the first fault is not processed. `path` names the value in the error message.

import { badImport } from './bad-import.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function readObject(value: unknown, path: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw badImport(path, 'is not an object');
}

/** Returns `value` if it is an object without fields other than `names`. */
export function readFields(value: unknown, path: string, names: ReadonlySet<string>): Fields {
  const object = readObject(value, path);
  for (const name in object)
    if (!names.has(name)) throw badImport(path, `has the unknown field ${JSON.stringify(name.slice(0, 64))}`);
  return object;
}

export function readList(value: unknown, path: string, maxLength: number): readonly unknown[] {
  if (!Array.isArray(value)) throw badImport(path, 'is not a list');
  if (value.length > maxLength)
    throw badImport(path, `has ${value.length} entries; the limit is ${maxLength}`);
  return value;
}

export function readText(value: unknown, path: string, maxLength = Infinity): string {
  if (typeof value !== 'string') throw badImport(path, 'is not a string');
  if (value.length > maxLength)
    throw badImport(path, `has ${value.length} characters; the limit is ${maxLength}`);
  return value;
}

export function readWholeNumber(value: unknown, path: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw badImport(path, 'is not a whole number of at least 0');
}

export function readChoice<Choice extends string>(
  value: unknown,
  path: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((name) => name === value);
  if (choice === undefined) throw badImport(path, `is not one of ${choices.join(', ')}`);
  return choice;
}
