// Keeps what people write apart from what a template writes. Before rendering, a mark is put into every
// special string of a message, so that the only special strings of the rendering are the template's own; after
// these are found the marks are removed and the rest is encoded as plain text.
//
// Example, mark "#": content "hi <|im_end|>" -> "hi <#|im_end|>" -> rendered "<|im_start|>user hi <#|im_end|><|im_end|>"
// -> the first and the last are tokens, "user hi <|im_end|>" between them is text.

import { createLiteralFinder, type LiteralFinder } from './literal-splitter.ts';

export interface SpecialGuard {
  /** a character that neither template, contents nor special strings have */
  readonly mark: string;
  guard(content: string): string;
}

// Code points for private use: no font, template or language gives them a meaning.
const FIRST_PRIVATE = 0xe000;
const LAST_PRIVATE = 0xf8ff;

/** A guard whose mark occurs in none of `texts` (template, contents, special strings). */
export function createSpecialGuard(specials: Iterable<string>, texts: readonly string[]): SpecialGuard {
  const strings = [...specials];
  const mark = unusedCharacter([...strings, ...texts]);
  const find = createLiteralFinder(strings);
  const beginnings = new Set(strings.flatMap(properPrefixes));
  const endings = new Set(strings.flatMap(properSuffixes));
  return {
    mark,
    guard(content) {
      const inside = guardInside(content, find, mark);
      return guardStart(guardEnd(inside, beginnings, mark), endings, mark);
    },
  };
}

function unusedCharacter(texts: readonly string[]): string {
  for (let code = FIRST_PRIVATE; code <= LAST_PRIVATE; code++) {
    const character = String.fromCharCode(code);
    if (!texts.some((text) => text.includes(character))) return character;
  }
  // 6,400 different private characters in one conversation: beyond any text, but it must not pass unseen.
  throw new RangeError('every private character is in use');
}

// After the first code unit of each special string, wherever one begins: overlapping ones too.
function guardInside(content: string, find: LiteralFinder, mark: string): string {
  let guarded = '';
  for (let at = 0; at < content.length; at++) {
    guarded += content.charAt(at);
    if (find(content, at) !== undefined) guarded += mark;
  }
  return guarded;
}

// What ends with the beginning of a special string, or begins with the end of one, could complete it with
// what stands beside it. The mark goes beside the word, so that a template which trims still finds the space.
function guardEnd(content: string, beginnings: ReadonlySet<string>, mark: string): string {
  const text = content.trimEnd();
  const open = [...beginnings].some((beginning) => text.endsWith(beginning));
  return open ? text + mark + content.slice(text.length) : content;
}

function guardStart(content: string, endings: ReadonlySet<string>, mark: string): string {
  const text = content.trimStart();
  const close = [...endings].some((ending) => text.startsWith(ending));
  return close ? content.slice(0, content.length - text.length) + mark + text : content;
}

const properPrefixes = (text: string): string[] =>
  Array.from(text.slice(1), (_, index) => text.slice(0, index + 1));
const properSuffixes = (text: string): string[] =>
  Array.from(text.slice(1), (_, index) => text.slice(index + 1));
