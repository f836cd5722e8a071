// The default title of a conversation.

const TITLE_LENGTH = 60;

/** Returns the start of the first line, truncated at a word boundary where possible. */
export function titleOf(message: string): string {
  const [first = ''] = message.trimStart().split(/[\r\n]/, 1);
  const line = first.trimEnd();
  const characters = [...line.slice(0, 2 * TITLE_LENGTH + 2)]; // a character may have two code units
  if (characters.length <= TITLE_LENGTH) return line;
  const cut = characters.slice(0, TITLE_LENGTH).join('');
  const space = cut.lastIndexOf(' ');
  return `${(space > TITLE_LENGTH / 2 ? cut.slice(0, space) : cut).trimEnd()} ...`;
}
