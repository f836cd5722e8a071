// Decides whether a text is rendered as Markdown or as plain text. The time of the parser is quadratic in the marks of a
// paragraph and in the number of underlined headings, and its stack grows with the depth of quotes and lists, so a model that
// repeats itself could freeze the page. The limits are far above what people write; the check is one pass over the text.

/** Characters. */
const MAX_LENGTH = 1_000_000;
/** Levels of nested quotes and lists. */
export const MAX_DEPTH = 50;
/** Asterisks, underscores, tildes and brackets in one paragraph. */
export const MAX_MARKS = 3000;
export const MAX_UNDERLINED_HEADINGS = 500;
/** Lines, nesting levels, table cells and marks outside code; about 0.2 ms each. */
const MAX_WORK = 6000;

const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
/** Quote and list markers at the start of a line. */
const PREFIX = /^(?:[ \t]|>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))*/;
const UNDERLINE = /^[ \t>]*(?:=+|-+)[ \t]*$/;

export function isRenderable(text: string): boolean {
  if (text.length > MAX_LENGTH) return false;
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
    const marksInLine = count(line, /[*_~[\]]/g);
    marks = endsParagraph(line, prefix) ? marksInLine : marks + marksInLine;
    if (UNDERLINE.test(line)) underlines += 1;
    work += 1 + depth + count(line, /\|/g) + marksInLine / 4;
    if (depth > MAX_DEPTH || marks > MAX_MARKS || underlines > MAX_UNDERLINED_HEADINGS || work > MAX_WORK)
      return false;
  }
  return true;
}

function closes(line: string, mark: string, fence: string): boolean {
  return mark.startsWith(fence) && line.trim() === mark;
}

/** A blank line or a bullet with text ends a paragraph. A numbered item or an empty bullet may not interrupt one. */
function endsParagraph(line: string, prefix: string): boolean {
  return line.trim() === '' || (/[-+*][ \t]+$/.test(prefix) && prefix.length < line.length);
}

/** Returns the largest possible nesting of a line: each marker opens a level, and two columns of indentation may continue one. */
function depthOf(prefix: string): number {
  if (prefix.trim() === '') return 0;
  return count(prefix, /[>.)+*-]/g) + Math.floor((/^[ \t]*/.exec(prefix)?.[0].length ?? 0) / 2);
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
