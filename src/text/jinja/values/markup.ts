// Texts that HTML needs no escape in, as markupsafe has them: what is put together with one is escaped. Templates
// get there by `| safe` and `| escape`; nothing is escaped by itself.

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

/** A text of the kind that `like` is. */
export const asSameType = (like: Value, text: string): Value =>
  like instanceof Markup ? new Markup(text) : text;

/** What a method of markup takes: other texts are escaped. */
export const escapedArgument = (value: Value): Value =>
  isString(value) && !(value instanceof Markup) ? escapeHtml(value) : value;

/** What a method of a text gave, as markup: the texts in lists too. */
export function asMarkup(value: Value): Value {
  if (typeof value === 'string') return new Markup(value);
  if (value instanceof Tuple) return new Tuple(value.items.map(asMarkup));
  return Array.isArray(value) ? value.map(asMarkup) : value;
}
