// Texts that hold guard marks (see ../special-guard.ts). A template must not see the marks: whatever it asks
// of a text is answered as if they were not there, and whatever it cuts out keeps those that belong to it.
//
// Example, marks "#" and "%": "a#</think>%b" starts with "a</think>", has 10 characters, and split at
// "</think>" it is "a" and "b".

import { isPythonSpace as isPythonCode } from '../white-space.ts';

export interface Marks {
  /** belongs to the character after it */
  readonly open: string;
  /** belongs to the character before it */
  readonly close: string;
}

/** Where a text begins and ends within another. In code units. */
export type Occurrence = readonly [start: number, end: number];

export class MarkedText {
  readonly #marks: Marks | undefined;

  /** @param marks undefined where texts hold none */
  constructor(marks?: Marks) {
    this.#marks = marks;
  }

  isMarked(text: string): boolean {
    const marks = this.#marks;
    return marks !== undefined && (text.includes(marks.open) || text.includes(marks.close));
  }

  /** Without marks. */
  readonly clean = (text: string): string => {
    const marks = this.#marks;
    return marks === undefined ? text : text.replaceAll(marks.open, '').replaceAll(marks.close, '');
  };

  /** Characters (code points), each with the marks that belong to it. */
  readonly characters = (text: string): string[] => {
    if (this.#marks === undefined || !this.isMarked(text)) return Array.from(text);
    const { open, close } = this.#marks;
    return text.match(new RegExp(`${open}*[^${open}${close}]${close}*`, 'gsu')) ?? [];
  };

  /** Without white space, or without any of `chars`, at its ends. */
  strip(text: string, chars: string | undefined, left: boolean, right: boolean): string {
    const stripped = chars === undefined ? undefined : new Set(this.clean(chars));
    const goes = (character: string): boolean => {
      const clean = this.clean(character);
      return stripped === undefined ? isPythonSpace(clean) : stripped.has(clean);
    };
    if (!this.isMarked(text)) return stripEnds(text, goes, left, right);
    const characters = this.characters(text);
    let start = 0;
    let end = characters.length;
    if (left) while (start < end && goes(characters[start] ?? '')) start++;
    if (right) while (end > start && goes(characters[end - 1] ?? '')) end--;
    return characters.slice(start, end).join('');
  }

  /** Where `searched` stands in `text`, from the left, none overlapping, with the marks around it. */
  occurrences(text: string, searched: string): Occurrence[] {
    const literal = this.clean(searched);
    const pattern = this.isMarked(text) ? this.#pattern(literal) : escaped(literal);
    return Array.from(text.matchAll(new RegExp(pattern, 'gu')), ({ 0: found, index }) => [
      index,
      index + found.length,
    ]);
  }

  /** `text` in JSON where other characters than ASCII were escaped: marks as they were. */
  unescape(text: string): string {
    if (this.#marks === undefined) return text;
    const { open, close } = this.#marks;
    const marks = new Map([open, close].map((mark) => [jsonEscape(mark), mark]));
    // Whole escapes, so that the text "\\ue000", whose backslash is escaped, stays what it is.
    return text.replace(/\\(?:u[0-9a-f]{4}|[^u])/g, (found) => marks.get(found) ?? found);
  }

  #pattern(literal: string): string {
    const { open, close } = this.#marks ?? { open: '', close: '' };
    return `${open}*${Array.from(literal, escaped).join(`[${open}${close}]*`)}${close}*`;
  }
}

// Without looking at what stands between the ends, which is most of a text.
function stripEnds(
  text: string,
  goes: (character: string) => boolean,
  left: boolean,
  right: boolean,
): string {
  let start = 0;
  let end = text.length;
  const first = (): string => String.fromCodePoint(text.codePointAt(start) ?? 0);
  const last = (): string => Array.from(text.slice(Math.max(start, end - 2), end)).at(-1) ?? '';
  if (left) while (start < end && goes(first())) start += first().length;
  if (right) while (end > start && goes(last())) end -= last().length;
  return text.slice(start, end);
}

/** How JSON of ASCII alone writes a character. */
export const jsonEscape = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const escaped = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Whether a character is white space to Python's `str`. */
export const isPythonSpace = (character: string): boolean => isPythonCode(character.charCodeAt(0));
