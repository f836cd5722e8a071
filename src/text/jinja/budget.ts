// How much a rendering may cost, so that a template (or a conversation made for it) ends early with a clear error
// instead of holding the process: counted in steps and in characters, never in time. It also says when others
// should have their turn.

import { TooCostlyError } from './errors.ts';

/** Steps: rounds of loops, calls, items of lists. A history of 1,000 messages takes some 100,000. */
export const MAX_STEPS = 5_000_000;
/** Characters of one text. */
const MAX_STRING_LENGTH = 64 * 1024 * 1024;
/** Characters of all texts that one rendering makes, those that it only passes on among them. */
const MAX_TOTAL_LENGTH = 1024 * 1024 * 1024;
/** Levels of calls, blocks and expressions within each other while a template runs, all together. */
const MAX_DEPTH = 2000;
/** Levels of blocks and expressions within each other in the text of a template. */
export const MAX_NESTING = 100;
/** Terms of one chain: `a + b + c`, `x | f | g`. */
export const MAX_CHAIN = 500;
/** Levels of lists and dictionaries within each other. */
export const MAX_DATA_DEPTH = 200;
/** Binary digits of a whole number. */
export const MAX_BITS = 65_536;

// Work between two pauses, in steps; CHARACTERS of text count as one. Some tenths of a millisecond.
const PAUSE_STEPS = 1000;
const CHARACTERS_PER_STEP = 16;
// Characters that are looked through, without making any, in the time of a step.
const SCANNED_PER_STEP = 512;
// Binary digits that a processor takes at once.
const BITS_PER_WORD = 64;

export class Budget {
  #steps = 0;
  #totalLength = 0;
  #depth = 0;
  #sincePause = 0;

  /** One more character was looked at by itself. */
  scanCharacter(): void {
    this.step(1 / CHARACTERS_PER_STEP);
  }

  step(count = 1): void {
    this.#steps += count;
    this.#sincePause += count;
    if (this.#steps > MAX_STEPS) tooCostly(`takes more than ${amount(MAX_STEPS)} steps`);
  }

  /** A text of `length` characters is looked through: compared, searched, measured. */
  scan(length: number): void {
    this.step(length / SCANNED_PER_STEP);
  }

  /** Whole numbers of so many bits are computed with, or written in digits of two, eight or sixteen. */
  bigintOperation(bits: number): void {
    this.step((bits / BITS_PER_WORD) ** 1.5 / BITS_PER_WORD);
  }

  /** A whole number of so many bits is written in decimal digits, each of which is a division of all that is left. */
  decimalConversion(bits: number): void {
    this.step((bits / BITS_PER_WORD) ** 2 / BITS_PER_WORD);
  }

  /** To be called before a text of `length` characters is made. */
  allocate(length: number): void {
    if (length > MAX_STRING_LENGTH)
      tooCostly(`makes a text of more than ${amount(MAX_STRING_LENGTH)} characters`);
    this.#totalLength += length;
    this.#sincePause += 1 + length / CHARACTERS_PER_STEP;
    if (this.#totalLength > MAX_TOTAL_LENGTH)
      tooCostly(`makes texts of more than ${amount(MAX_TOTAL_LENGTH)} characters in all`);
  }

  /** Before `levels` more levels of recursion. */
  enter(levels: number): void {
    this.#depth += levels;
    if (this.#depth > MAX_DEPTH) tooCostly(`nests calls and loops deeper than ${amount(MAX_DEPTH)} levels`);
  }

  leave(levels: number): void {
    this.#depth -= levels;
  }

  /** Whether others should have their turn now. */
  pauseDue(): boolean {
    if (this.#sincePause < PAUSE_STEPS) return false;
    this.#sincePause = 0;
    return true;
  }
}

export function tooCostly(what: string): never {
  throw new TooCostlyError(what);
}

const amount = (count: number): string => count.toLocaleString('en');
