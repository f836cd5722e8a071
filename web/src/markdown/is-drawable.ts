// Which texts are drawn as Markdown, and which as they are. The parser's work grows with the square of the marks in a
// paragraph and of underlined headings, and its stack with the depth of quotes and lists: a model that repeats itself
// would freeze the page. What is counted here stays far above what people write, and costs one pass.

/** Characters of a text. */
const LONGEST = 1_000_000;
/** Quotes and lists inside each other. */
export const DEEPEST = 50;
/** Stars, underscores, tildes and brackets of one paragraph. */
export const MOST_MARKS = 3000;
/** Headings that are underlined. */
export const MOST_UNDERLINES = 500;
/** Lines, levels, cells and marks outside code; about 0.2 ms each. */
const MOST_WORK = 6000;

const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
/** What a line begins with inside quotes and lists. */
const PREFIX = /^(?:[ \t]|>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))*/;
const UNDERLINE = /^[ \t>]*(?:=+|-+)[ \t]*$/;

export function isDrawable(text: string): boolean {
  if (text.length > LONGEST) return false;
  let [work, marks, underlines] = [0, 0, 0];
  let fence = '';
  for (const line of text.split(/\r\n?|\n/)) {
    const mark = FENCE.exec(line)?.[1] ?? '';
    if (fence) {
      if (closes(line, mark, fence)) fence = '';
      continue;
    }
    fence = mark;
    const prefix = PREFIX.exec(line)?.[0] ?? '';
    const depth = depthOf(prefix);
    const own = count(line, /[*_~[\]]/g);
    marks = endsParagraph(line, prefix) ? own : marks + own;
    if (UNDERLINE.test(line)) underlines += 1;
    work += 1 + depth + count(line, /\|/g) + own / 4;
    if (depth > DEEPEST || marks > MOST_MARKS || underlines > MOST_UNDERLINES || work > MOST_WORK)
      return false;
  }
  return true;
}

function closes(line: string, mark: string, fence: string): boolean {
  return mark.startsWith(fence) && line.trim() === mark;
}

/** A blank line does, and an entry of a list; a number may stand in the middle of one, and so may an empty bullet. */
function endsParagraph(line: string, prefix: string): boolean {
  return line.trim() === '' || (/[-+*][ \t]+$/.test(prefix) && prefix.length < line.length);
}

/** Levels that a line may stand in: each mark opens one, and two columns before a mark may continue one. */
function depthOf(prefix: string): number {
  if (prefix.trim() === '') return 0;
  return count(prefix, /[>.)+*-]/g) + Math.floor((/^[ \t]*/.exec(prefix)?.[0].length ?? 0) / 2);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
