// Decides whether a text is rendered as Markdown or as plain text. The time of the Markdown parser is quadratic in the
// number of marks (such as `*` and `_`) in a paragraph and in the number of underlined headings. The stack of the parser
// grows with the depth of quotes and lists. A repetitive answer could therefore freeze the page. The limits are far
// above normal answers. The check is one pass over the text.

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
  let openFence = '';
  for (const line of text.split(/\r\n?|\n/)) {
    const fence = FENCE.exec(line)?.[1] ?? '';
    if (openFence) {
      if (isClosingFence(line, fence, openFence)) openFence = '';
      continue;
    }
    openFence = fence;
    const prefix = PREFIX.exec(line)?.[0] ?? '';
    const depth = depthOf(prefix);
    const marksInLine = countMatches(line, /[*_~[\]]/g);
    marks = endsParagraph(line, prefix) ? marksInLine : marks + marksInLine;
    if (UNDERLINE.test(line)) underlines += 1;
    work += 1 + depth + countMatches(line, /\|/g) + marksInLine / 4;
    if (depth > MAX_DEPTH || marks > MAX_MARKS || underlines > MAX_UNDERLINED_HEADINGS || work > MAX_WORK)
      return false;
  }
  return true;
}

function isClosingFence(line: string, fence: string, openFence: string): boolean {
  return fence.startsWith(openFence) && line.trim() === fence;
}

/** Returns whether a line certainly ends a paragraph: a blank line and a bullet with text do; other list items may not. */
function endsParagraph(line: string, prefix: string): boolean {
  return line.trim() === '' || (/[-+*][ \t]+$/.test(prefix) && prefix.length < line.length);
}

/** Returns the maximum nesting of a line: each marker opens a level, and two columns of indentation may continue a level. */
function depthOf(prefix: string): number {
  if (prefix.trim() === '') return 0;
  return countMatches(prefix, /[>.)+*-]/g) + Math.floor((/^[ \t]*/.exec(prefix)?.[0].length ?? 0) / 2);
}

function countMatches(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
