// Derives the default title of a conversation from its first message.

const MAX_TITLE_LENGTH = 60;

/** Returns the first line of `message`. Truncates a long line, at a word boundary if possible. */
export function titleOf(message: string): string {
  const [first = ''] = message.trimStart().split(/[\r\n]/, 1);
  const line = first.trimEnd();
  const characters = [...line.slice(0, 2 * MAX_TITLE_LENGTH + 2)]; // a character may have two code units
  if (characters.length <= MAX_TITLE_LENGTH) return line;
  const start = characters.slice(0, MAX_TITLE_LENGTH).join('');
  const space = start.lastIndexOf(' ');
  return `${(space > MAX_TITLE_LENGTH / 2 ? start.slice(0, space) : start).trimEnd()} ...`;
}
