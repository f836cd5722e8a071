// Chooses the two characters that mark control strings from a caller (control-string-marks.ts): private-use characters that occur neither
// in the template nor in the caller's strings. One scan of each string finds the used characters.

import type { Steps } from '../../base/steps.ts';
import type { Marks } from '../jinja/strings/marked-strings.ts';

// The private-use code points, which have no assigned meaning.
const FIRST_PRIVATE = 0xe000;
const LAST_PRIVATE = 0xf8ff;

// Code units between two pauses.
const PAUSE_UNITS = 16_384;

/** The set of private characters that occur in strings, literally or as JSON escapes. */
export class UsedPrivateCharacters {
  readonly #used: Uint8Array;

  constructor(initial?: UsedPrivateCharacters) {
    this.#used =
      initial === undefined ? new Uint8Array(LAST_PRIVATE - FIRST_PRIVATE + 1) : initial.#used.slice();
  }

  /** Adds the private characters of `text`. */
  *scan(text: string): Steps<void> {
    for (let start = 0; start < text.length; start += PAUSE_UNITS) {
      if (start > 0) yield;
      const end = Math.min(text.length, start + PAUSE_UNITS);
      for (let at = start; at < end; at++) {
        const code = text.charCodeAt(at);
        if (code >= FIRST_PRIVATE && code <= LAST_PRIVATE) this.#used[code - FIRST_PRIVATE] = 1;
        else if (code === BACKSLASH) this.#scanEscape(text, at);
      }
    }
  }

  /** Returns two unused characters; undefined if fewer than two are left. */
  unusedPair(): Marks | undefined {
    const open = this.#used.indexOf(0);
    const close = open < 0 ? -1 : this.#used.indexOf(0, open + 1);
    if (close < 0) return undefined;
    return {
      open: String.fromCharCode(FIRST_PRIVATE + open),
      close: String.fromCharCode(FIRST_PRIVATE + close),
    };
  }

  #scanEscape(text: string, at: number): void {
    if (text.charCodeAt(at + 1) !== SMALL_U) return;
    const code = Number.parseInt(text.slice(at + 2, at + 6), 16);
    if (code >= FIRST_PRIVATE && code <= LAST_PRIVATE) this.#used[code - FIRST_PRIVATE] = 1;
  }
}

const BACKSLASH = 0x5c;
const SMALL_U = 0x75;

/**
 * The marks if too few private characters are unused: two noncharacters, which Unicode reserves for internal use. In strings
 * that contain these two characters, U+FFFD replaces them.
 */
export const RESERVED_MARKS: Marks = { open: '\ufdd0', close: '\ufdd1' };

export const replaceReservedMarks = (text: string): string => text.replace(/[\ufdd0\ufdd1]/g, '\ufffd');
