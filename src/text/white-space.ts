// White space by the definition of Unicode, which tokenizer patterns use for `\s`. JavaScript's `\s` also matches U+FEFF
// and does not match U+0085. Trimming is a loop, because the pattern `\s+$` retries from every position of a long run.

/** Rewrites the source of a pattern with the flag `u`: `\s` and `\S` become the Unicode property. */
export const unicodeSpaces = (source: string): string =>
  source.replaceAll('\\s', '\\p{White_Space}').replaceAll('\\S', '\\P{White_Space}');

/** Returns whether a UTF-16 code unit is white space; every white-space character is one code unit. */
export function isWhiteSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code === 0x85 || code === 0xa0 || code === 0x1680) return true;
  if (code >= 0x2000 && code <= 0x200a) return true;
  return code === 0x2028 || code === 0x2029 || code === 0x202f || code === 0x205f || code === 0x3000;
}

/** Like `isWhiteSpace`, by the definition of Python's `str`, which adds the separators U+001C to U+001F. */
export const isPythonSpace = (code: number): boolean => isWhiteSpace(code) || (code >= 0x1c && code <= 0x1f);

/** Removes white space from the left end, the right end or both. */
export function trimSpace(text: string, left: boolean, right: boolean, isSpace = isWhiteSpace): string {
  let start = 0;
  let end = text.length;
  if (left) while (start < end && isSpace(text.charCodeAt(start))) start++;
  if (right) while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Removes white space from both ends like Python's `strip()`. */
export const trimLikePython = (text: string): string => trimSpace(text, true, true, isPythonSpace);
