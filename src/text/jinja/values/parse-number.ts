// Parses numbers in strings as Python's `int()` and `float()` do.

import { trimLikePython } from '../../white-space.ts';
import { MAX_DIGITS, normalizeInt } from './numbers.ts';
import type { Int } from './values.ts';

const BASE_OF_PREFIX: Readonly<Record<string, number>> = { '0b': 2, '0o': 8, '0x': 16 };

/** Converts the digits of any script to ASCII. */
const asciiDigits = (text: string): string =>
  text.replace(/\P{ASCII}/gu, (character) => (/\p{Nd}/u.test(character) ? digitValue(character) : character));

// The digits of a script have consecutive code points, from zero to nine.
function digitValue(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  let zero = code;
  while (zero > code - 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String((code - zero) % 10);
}

const PREFIX_OF_BASE: Readonly<Record<number, string>> = { 2: '0b', 8: '0o', 10: '', 16: '0x' };

function parseDigits(digits: string, base: number): bigint {
  const prefix = PREFIX_OF_BASE[base];
  if (prefix !== undefined) return BigInt(prefix + digits);
  let value = 0n;
  for (const digit of digits) value = value * BigInt(base) + BigInt(Number.parseInt(digit, 36));
  return value;
}

/** Parses an integer; undefined if Python raises ValueError. */
export function parseInteger(text: string, base: number): Int | undefined {
  const trimmed = trimLikePython(text);
  if (trimmed.length > MAX_DIGITS) return undefined;
  let digits = asciiDigits(trimmed).toLowerCase();
  const isNegative = digits.startsWith('-');
  if (isNegative || digits.startsWith('+')) digits = digits.slice(1);
  const prefix = BASE_OF_PREFIX[digits.slice(0, 2)];
  const actualBase = base === 0 ? (prefix ?? 10) : base;
  if (prefix !== undefined && prefix === actualBase && digits.length > 2)
    digits = digits.slice(2).replace(/^_/, '');
  else if (base === 0 && /^0[0-9_]*[1-9]/.test(digits)) return undefined;
  if (!/^[0-9a-z]+(?:_[0-9a-z]+)*$/.test(digits)) return undefined;
  const baseDigits = digits.replaceAll('_', '');
  if (Array.from(baseDigits).some((digit) => Number.parseInt(digit, 36) >= actualBase)) return undefined;
  const value = parseDigits(baseDigits, actualBase);
  return normalizeInt(isNegative ? -value : value);
}

const FLOAT =
  /^[+-]?(?:[0-9]+(?:_[0-9]+)*(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?|\.[0-9]+(?:_[0-9]+)*)(?:e[+-]?[0-9]+(?:_[0-9]+)*)?$/;

/** Parses a float; undefined if Python raises ValueError. */
export function parseFloatString(text: string): number | undefined {
  const trimmed = asciiDigits(trimLikePython(text)).toLowerCase();
  const special = /^([+-]?)(inf|infinity|nan)$/.exec(trimmed);
  if (special !== null) {
    const magnitude = special[2] === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY;
    return special[1] === '-' ? -magnitude : magnitude;
  }
  return FLOAT.test(trimmed) ? Number(trimmed.replaceAll('_', '')) : undefined;
}
