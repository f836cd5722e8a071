// Markup: strings of safe HTML, as in markupsafe. Other strings are escaped when they are concatenated with markup.
// Only the filters `safe`, `escape` and `forceescape` create markup; nothing is escaped automatically.

import { isString, Markup, Tuple, type Value } from './values.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
};

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>'"]/g, (character) => ESCAPES[character] ?? character);

export const stringOf = (value: string | Markup): string => (typeof value === 'string' ? value : value.text);

/** Returns `text` as markup if `original` is markup. */
export const asSameType = (original: Value, text: string): Value =>
  original instanceof Markup ? new Markup(text) : text;

/** Escapes a plain string that is passed to a method of markup. */
export const escapeArgument = (value: Value): Value =>
  isString(value) && !(value instanceof Markup) ? escapeHtml(value) : value;

/** Converts the strings in the result of a method to markup, also within lists and tuples. */
export function asMarkup(value: Value): Value {
  if (typeof value === 'string') return new Markup(value);
  if (value instanceof Tuple) return new Tuple(value.items.map(asMarkup));
  return Array.isArray(value) ? value.map(asMarkup) : value;
}
