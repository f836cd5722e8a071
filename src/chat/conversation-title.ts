// What a conversation is called until somebody gives it another name.

const TITLE_LENGTH = 60;

/** The beginning of the first line, cut between words where there are any. */
export function titleOf(message: string): string {
  const [first = ''] = message.trimStart().split(/[\r\n]/, 1);
  const line = first.trimEnd();
  const characters = [...line.slice(0, 2 * TITLE_LENGTH + 2)]; // of which some may be two code units
  if (characters.length <= TITLE_LENGTH) return line;
  const cut = characters.slice(0, TITLE_LENGTH).join('');
  const space = cut.lastIndexOf(' ');
  return `${(space > TITLE_LENGTH / 2 ? cut.slice(0, space) : cut).trimEnd()} ...`;
}
