// Decodes the escapes of a string literal as Python does.

import { raise } from '../errors.ts';
import { raiseUnsupported } from '../unsupported.ts';

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const HEX_DIGIT_COUNTS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

export const parseStringLiteral = (source: string): string =>
  source.includes('\\') ? source.replace(/\\([0-7]{1,3}|.)([0-9a-fA-F]{0,8})/gsu, decodeEscape) : source;

function decodeEscape(_match: string, letter: string, digits: string): string {
  const character = SIMPLE_ESCAPES[letter];
  if (character !== undefined) return character + digits;
  if (/^[0-7]/.test(letter)) return String.fromCodePoint(Number.parseInt(letter, 8)) + digits;
  const count = HEX_DIGIT_COUNTS[letter];
  if (count === undefined) return unknownEscape(letter) + digits;
  const code = Number.parseInt(digits.slice(0, count), 16);
  if (digits.length < count || code > 0x10ffff)
    raise('SyntaxError', `\\${letter} needs ${count} hexadecimal digits`);
  return String.fromCodePoint(code) + digits.slice(count);
}

// Unknown escapes stay unchanged. jinja first replaces each non-ASCII character with its escape, so in the result a
// backslash before such a character is followed by the escape.
function unknownEscape(letter: string): string {
  if (letter === 'N') return raiseUnsupported('character by name');
  const code = letter.codePointAt(0) ?? 0;
  if (code < 0x80) return `\\${letter}`;
  const [kind, length] = code < 0x100 ? ['x', 2] : code < 0x10000 ? ['u', 4] : ['U', 8];
  return `\\${kind}${code.toString(16).padStart(Number(length), '0')}`;
}
