// Trims without a regular expression, because /0+$/ takes quadratic time on long runs of zeros.

/** Returns `text` without trailing characters that occur in `characters`. */
export function trimEndOf(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
