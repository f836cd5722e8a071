// The two characters that mark what a caller wrote (special-guard.ts). They must be none of the template's and none
// of the caller's: private characters that neither has, found in one look at each text, however many it holds.

import type { Steps } from '../../base/steps.ts';
import type { Marks } from '../jinja/strings/marked-strings.ts';

// Code points for private use: no font, template or language gives them a meaning.
const FIRST = 0xe000;
const LAST = 0xf8ff;

// Characters between two pauses.
const PAUSE_UNITS = 16_384;

/** Which private characters were seen, as they are or as JSON escapes them. */
export class UsedPrivateCharacters {
  readonly #used: Uint8Array;

  constructor(others?: UsedPrivateCharacters) {
    this.#used = others === undefined ? new Uint8Array(LAST - FIRST + 1) : others.#used.slice();
  }

  *scan(text: string): Steps<void> {
    for (let start = 0; start < text.length; start += PAUSE_UNITS) {
      if (start > 0) yield;
      const end = Math.min(text.length, start + PAUSE_UNITS);
      for (let at = start; at < end; at++) {
        const code = text.charCodeAt(at);
        if (code >= FIRST && code <= LAST) this.#used[code - FIRST] = 1;
        else if (code === BACKSLASH) this.#scanEscape(text, at);
      }
    }
  }

  /** Two that were not seen; undefined when fewer are left. */
  unusedPair(): Marks | undefined {
    const open = this.#used.indexOf(0);
    const close = open < 0 ? -1 : this.#used.indexOf(0, open + 1);
    if (close < 0) return undefined;
    return { open: String.fromCharCode(FIRST + open), close: String.fromCharCode(FIRST + close) };
  }

  #scanEscape(text: string, at: number): void {
    if (text.charCodeAt(at + 1) !== SMALL_U) return;
    const code = Number.parseInt(text.slice(at + 2, at + 6), 16);
    if (code >= FIRST && code <= LAST) this.#used[code - FIRST] = 1;
  }
}

const BACKSLASH = 0x5c;
const SMALL_U = 0x75;

/**
 * Marks for texts that leave no private character: two of the code points that Unicode keeps for the inside of a
 * program. There they stand for nothing in a text, and a text that holds them is given U+FFFD instead.
 */
export const RESERVED_MARKS: Marks = { open: '\ufdd0', close: '\ufdd1' };

export const replaceReservedMarks = (text: string): string => text.replace(/[\ufdd0\ufdd1]/g, '\ufffd');
