// Without a pattern, since one such as /0+$/ begins anew at each zero of a text that ends otherwise.

/** `text` without what it ends with of `characters`. */
export function trimEndOf(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}
