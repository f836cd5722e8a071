// Computes offsets of code points in UTF-16 strings.

/** Returns the number of code units of the code point at `offset`; 1 at the end of the text. */
export const codePointLength = (text: string, offset: number): number =>
  (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;

/** Returns `offset`, or the end of the surrogate pair that contains it; at most the length of the text. */
export const avoidSurrogateSplit = (text: string, offset: number): number =>
  offset >= text.length ? text.length : offset + codePointLength(text, offset - 1) - 1;
