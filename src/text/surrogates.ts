// Code points in UTF-16 strings.

/** Code units of the code point at `at`; 1 at the end of the text. */
export const codePointLength = (text: string, at: number): number =>
  (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;

/** Moves an offset forward out of a surrogate pair, and limits it to the length of the text. */
export const avoidSurrogateSplit = (text: string, at: number): number =>
  at >= text.length ? text.length : at + codePointLength(text, at - 1) - 1;
