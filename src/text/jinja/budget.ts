// Limits the cost of a rendering, so that a hostile template or conversation ends early with a clear error instead of
// blocking the process. Cost is counted in steps and characters, not in time. The budget also decides when to pause.

import { TooCostlyError } from './errors.ts';

/** Maximum steps: loop iterations, calls, list items. A history of 1,000 messages takes about 100,000. */
export const MAX_STEPS = 5_000_000;
/** Maximum characters of one string. */
const MAX_STRING_LENGTH = 64 * 1024 * 1024;
/** Maximum characters of all strings that a rendering creates or copies. */
const MAX_TOTAL_LENGTH = 1024 * 1024 * 1024;
/** Maximum depth of nested calls, blocks and expressions at run time, counted together. */
const MAX_DEPTH = 2000;
/** Maximum depth of nested blocks and expressions in the source of a template. */
export const MAX_NESTING = 100;
/** Maximum terms of one chain: `a + b + c`, `x | f | g`. */
export const MAX_CHAIN_TERMS = 500;
/** Maximum depth of nested lists and dictionaries. */
export const MAX_DATA_DEPTH = 200;
/** Maximum bits of an integer. */
export const MAX_INTEGER_BITS = 65_536;

// Steps between two pauses: a few tenths of a millisecond.
const PAUSE_STEPS = 1000;
// Characters of created strings that cost one step.
const CHARACTERS_PER_STEP = 16;
// Characters of existing strings that cost one step when they are scanned.
const SCANNED_PER_STEP = 512;
// Bits of a machine word.
const BITS_PER_WORD = 64;

export class Budget {
  #steps = 0;
  #totalLength = 0;
  #depth = 0;
  #sincePause = 0;

  /** Charges for one character that is examined separately. */
  scanCharacter(): void {
    this.step(1 / CHARACTERS_PER_STEP);
  }

  /** Charges for `count` steps. */
  step(count = 1): void {
    this.#steps += count;
    this.#sincePause += count;
    if (this.#steps > MAX_STEPS) raiseTooCostly(`takes more than ${formatted(MAX_STEPS)} steps`);
  }

  /** Charges for a string of `length` characters that is compared, searched or measured. */
  scan(length: number): void {
    this.step(length / SCANNED_PER_STEP);
  }

  /** Charges for arithmetic on integers of `bits` bits, or for writing one in binary, octal or hexadecimal. */
  chargeBigint(bits: number): void {
    this.step((bits / BITS_PER_WORD) ** 1.5 / BITS_PER_WORD);
  }

  /** Charges for writing an integer of `bits` bits in decimal, which takes quadratic time. */
  chargeDecimalConversion(bits: number): void {
    this.step((bits / BITS_PER_WORD) ** 2 / BITS_PER_WORD);
  }

  /** Charges for a string of `length` characters; call it before creating the string. */
  allocate(length: number): void {
    if (length > MAX_STRING_LENGTH)
      raiseTooCostly(`makes a string of more than ${formatted(MAX_STRING_LENGTH)} characters`);
    this.#totalLength += length;
    this.#sincePause += 1 + length / CHARACTERS_PER_STEP;
    if (this.#totalLength > MAX_TOTAL_LENGTH)
      raiseTooCostly(`makes strings of more than ${formatted(MAX_TOTAL_LENGTH)} characters in total`);
  }

  /** Begins `levels` more levels of recursion; call `leave` at their end. */
  enter(levels: number): void {
    this.#depth += levels;
    if (this.#depth > MAX_DEPTH)
      raiseTooCostly(`nests calls and loops deeper than ${formatted(MAX_DEPTH)} levels`);
  }

  /** Ends `levels` levels of recursion. */
  leave(levels: number): void {
    this.#depth -= levels;
  }

  /** Returns whether to pause now; true is returned once per pause. */
  isPauseDue(): boolean {
    if (this.#sincePause < PAUSE_STEPS) return false;
    this.#sincePause = 0;
    return true;
  }
}

export function raiseTooCostly(message: string): never {
  throw new TooCostlyError(message);
}

const formatted = (count: number): string => count.toLocaleString('en');
