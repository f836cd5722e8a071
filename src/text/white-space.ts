// White space as Unicode defines it, which is what tokenizers mean by \s: JavaScript's own adds U+FEFF and
// lacks U+0085. Trimming by hand, because a pattern that ends in `\s+$` tries every start in a long run.

/** Source of a pattern with the flag `u`: `\s` and `\S` by the Unicode property. */
export const unicodeSpaces = (source: string): string =>
  source.replaceAll('\\s', '\\p{White_Space}').replaceAll('\\S', '\\P{White_Space}');

/** All white space is one code unit long. */
export function isWhiteSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  if (code === 0x85 || code === 0xa0 || code === 0x1680) return true;
  if (code >= 0x2000 && code <= 0x200a) return true;
  return code === 0x2028 || code === 0x2029 || code === 0x202f || code === 0x205f || code === 0x3000;
}

/** White space as Python's `str` has it: the separators 1C to 1F count there alone. */
export const isPythonSpace = (code: number): boolean => isWhiteSpace(code) || (code >= 0x1c && code <= 0x1f);

/** `text` without the white space that it begins and ends with, where asked. */
export function trimSpace(text: string, left: boolean, right: boolean, isSpace = isWhiteSpace): string {
  let start = 0;
  let end = text.length;
  if (left) while (start < end && isSpace(text.charCodeAt(start))) start++;
  if (right) while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** As Python's `strip()`. */
export const trimPython = (text: string): string => trimSpace(text, true, true, isPythonSpace);
