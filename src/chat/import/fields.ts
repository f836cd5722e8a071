// Reads and checks values of an import. The first invalid value stops the reading, which limits the cost of a hostile import.

import { badImport } from './bad-import.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function object(value: unknown, at: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw badImport(at, 'is not an object');
}

/** Returns an object whose fields are all among `names`. */
export function fields(value: unknown, at: string, names: ReadonlySet<string>): Fields {
  const found = object(value, at);
  for (const name in found)
    if (!names.has(name))
      throw badImport(at, `has a field ${JSON.stringify(name.slice(0, 64))}, which exports do not have`);
  return found;
}

export function list(value: unknown, at: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw badImport(at, 'is not a list');
  if (value.length > most) throw badImport(at, `has ${value.length} entries; the limit is ${most}`);
  return value;
}

export function text(value: unknown, at: string, most = Infinity): string {
  if (typeof value !== 'string') throw badImport(at, 'is not a string');
  if (value.length > most) throw badImport(at, `has ${value.length} characters; the limit is ${most}`);
  return value;
}

export function whole(value: unknown, at: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw badImport(at, 'is not a whole number from 0');
}

export function oneOf<Known extends string>(value: unknown, at: string, known: readonly Known[]): Known {
  const found = known.find((one) => one === value);
  if (found === undefined) throw badImport(at, `is none of ${known.join(', ')}`);
  return found;
}
