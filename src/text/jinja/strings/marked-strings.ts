// Operations on strings that contain control-string marks (see chat-template/control-string-marks.ts). Marks are not visible to
// templates: every operation behaves as if they were absent. Substrings include the marks of their characters.
//
// Example, marks "#" and "%": "a#</think>%b" starts with "a</think>", has 10 characters, and splits at "</think>" into
// "a" and "b".

import type { Steps } from '../../../base/steps.ts';
import type { Budget } from '../budget.ts';

export interface Marks {
  /** the opening mark, which belongs to the character after it */
  readonly open: string;
  /** the closing mark, which belongs to the character before it */
  readonly close: string;
}

/** Start and end of a substring, in code units. */
export type Occurrence = readonly [start: number, end: number];

export class MarkedStrings {
  readonly #marks: Marks | undefined;
  readonly #openCode: number;
  readonly #closeCode: number;
  readonly #budget: Budget | undefined;

  /** @param marks undefined if the strings contain no marks */
  constructor(marks?: Marks, budget?: Budget) {
    this.#marks = marks;
    this.#openCode = marks?.open.charCodeAt(0) ?? -1;
    this.#closeCode = marks?.close.charCodeAt(0) ?? -1;
    this.#budget = budget;
  }

  /** Returns an instance with the same marks that charges a budget. */
  withBudget(budget: Budget): MarkedStrings {
    return new MarkedStrings(this.#marks, budget);
  }

  isMarked(text: string): boolean {
    const marks = this.#marks;
    this.#budget?.scan(text.length);
    return marks !== undefined && (text.includes(marks.open) || text.includes(marks.close));
  }

  /** Returns whether a character is a mark. */
  readonly isMark = (character: string): boolean =>
    character === this.#marks?.open || character === this.#marks?.close;

  readonly isMarkCode = (code: number): boolean => code === this.#openCode || code === this.#closeCode;

  readonly isCloseCode = (code: number): boolean => code === this.#closeCode;

  /** Removes the marks from a string. */
  readonly clean = (text: string): string => {
    const marks = this.#marks;
    this.#budget?.scan(text.length);
    return marks === undefined ? text : text.replaceAll(marks.open, '').replaceAll(marks.close, '');
  };

  /** Splits a string into characters (code points), each with its marks. */
  readonly characters = (text: string): string[] => {
    const marks = this.#marks;
    if (!this.isMarked(text) || marks === undefined) return Array.from(text);
    const { open, close } = marks;
    return text.match(new RegExp(`${open}*[^${open}${close}]${close}*`, 'gsu')) ?? [];
  };

  /** Like `characters`, with pauses. */
  *charactersOf(text: string, budget: Budget): Steps<string[]> {
    budget.allocate(text.length);
    if (text.length <= CHUNK_UNITS) return this.characters(text);
    const characters: string[] = [];
    for (const part of this.chunks(text)) {
      for (const character of this.characters(part)) characters.push(character);
      yield;
    }
    return characters;
  }

  /** Returns at least the first `count` characters; undefined if 4 * `count` + 1 code units do not contain them. */
  firstCharacters(text: string, count: number): string[] | undefined {
    const characters = this.characters(text.slice(0, this.#characterBoundary(text, 4 * count + 1)));
    return characters.length >= count ? characters : undefined;
  }

  /** Returns the number of characters. */
  length(text: string): number {
    const clean = this.clean(text);
    if (!HIGH_SURROGATE.test(clean)) return clean.length;
    let pairs = 0;
    for (let at = clean.search(HIGH_SURROGATE); at < clean.length; at++) {
      const code = clean.charCodeAt(at);
      if (code < 0xd800 || code > 0xdbff) continue;
      const next = clean.charCodeAt(at + 1);
      if (next >= 0xdc00 && next <= 0xdfff) pairs++;
    }
    return clean.length - pairs;
  }

  /** Returns whether each code unit is a character: then character indices are offsets in code units. */
  isSimple(text: string): boolean {
    return !this.isMarked(text) && !HIGH_SURROGATE.test(text);
  }

  /** Returns the first `count` code units that are not marks; if `count` is negative, the last ones. */
  cleanAffix(text: string, count: number): string {
    const [step, end] = count < 0 ? [-1, -1] : [1, text.length];
    let remaining = Math.abs(count);
    let at = count < 0 ? text.length - 1 : 0;
    for (; at !== end && remaining > 0; at += step) if (!this.isMarkCode(text.charCodeAt(at))) remaining--;
    return this.clean(count < 0 ? text.slice(at + 1) : text.slice(0, at));
  }

  /** Splits a long string into chunks that never separate a character from its marks. */
  *chunks(text: string): Generator<string> {
    for (let start = 0; start < text.length; ) {
      const end = this.#characterBoundary(text, start + CHUNK_UNITS);
      yield text.slice(start, end);
      start = end;
    }
  }

  /** Finds `searched` in `text` from the left, without overlaps; an occurrence includes its marks. */
  *occurrences(text: string, searched: string, maxCount = Number.POSITIVE_INFINITY): Generator<Occurrence> {
    const literal = this.clean(searched);
    if (literal === '') return;
    if (!this.isMarked(text)) {
      yield* findLiteral(text, literal, maxCount);
      return;
    }
    const pattern = new RegExp(this.#pattern(literal), 'gu');
    for (let count = 0; count < maxCount; count++) {
      const match = pattern.exec(text);
      if (match === null) return;
      yield [match.index, pattern.lastIndex];
    }
  }

  #pattern(literal: string): string {
    const { open, close } = this.#marks ?? { open: '', close: '' };
    return `${open}*${Array.from(literal, escapeRegExp).join(`[${open}${close}]*`)}${close}*`;
  }

  // Returns the next boundary between characters with their marks: the offset of an opening mark or an unmarked
  // character.
  #characterBoundary(text: string, from: number): number {
    let at = from;
    const { open, close } = this.#marks ?? { open: '', close: '' };
    while (at < text.length) {
      const previous = text.charAt(at - 1);
      if (text.charAt(at) !== close && previous !== open && !isLowSurrogate(text, at)) break;
      at++;
    }
    return Math.min(at, text.length);
  }
}

// Code units of a chunk.
const CHUNK_UNITS = 8192;

const HIGH_SURROGATE = /[\ud800-\udbff]/;

const isLowSurrogate = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
};

function* findLiteral(text: string, literal: string, maxCount: number): Generator<Occurrence> {
  let at = text.indexOf(literal);
  for (let count = 0; at >= 0 && count < maxCount; count++) {
    yield [at, at + literal.length];
    at = text.indexOf(literal, at + literal.length);
  }
}

/** Returns the `\u` escape of a code unit. */
export const jsonEscape = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const escapeRegExp = (literal: string): string => literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
