// `strip`, `lstrip` and `rstrip`, which scan only the ends of a string.

import type { Steps } from '../../../base/steps.ts';
import { isPythonSpace } from '../../white-space.ts';
import type { RenderState } from '../values/values.ts';
import type { MarkedStrings } from './marked-strings.ts';

type IsStripped = (code: number) => boolean;

/** Strips white space, or the characters in `chars`, from one or both ends, including the marks of these characters. */
export function* stripString(
  text: string,
  chars: string | undefined,
  left: boolean,
  right: boolean,
  { markedStrings, clean, budget }: Pick<RenderState, 'markedStrings' | 'clean' | 'budget'>,
): Steps<string> {
  const strippedCodes =
    chars === undefined
      ? undefined
      : new Set(Array.from(clean(chars), (character) => character.codePointAt(0)));
  const isStripped: IsStripped =
    strippedCodes === undefined ? isPythonSpace : (code) => strippedCodes.has(code);
  let start = 0;
  let end = text.length;
  for (let next = start; left; start = next) {
    next = skipFirst(text, start, end, isStripped, markedStrings);
    if (next === start) break;
    budget.scanCharacter();
    if (budget.isPauseDue()) yield;
  }
  for (let next = end; right; end = next) {
    next = skipLast(text, start, end, isStripped, markedStrings);
    if (next === end) break;
    budget.scanCharacter();
    if (budget.isPauseDue()) yield;
  }
  return text.slice(start, end);
}

/** Returns the offset after the character at `start` and its marks if it is stripped, else `start`. */
function skipFirst(
  text: string,
  start: number,
  end: number,
  isStripped: IsStripped,
  marked: MarkedStrings,
): number {
  let at = start;
  while (at < end && marked.isMarkCode(text.charCodeAt(at))) at++;
  if (at >= end) return start;
  const code = text.codePointAt(at) ?? 0;
  if (!isStripped(code)) return start;
  at += code > 0xffff ? 2 : 1;
  while (at < end && marked.isCloseCode(text.charCodeAt(at))) at++;
  return at;
}

/** Returns the offset of the last character before `end`, with its marks, if it is stripped, else `end`. */
function skipLast(
  text: string,
  start: number,
  end: number,
  isStripped: IsStripped,
  marked: MarkedStrings,
): number {
  let at = end;
  while (at > start && marked.isMarkCode(text.charCodeAt(at - 1))) at--;
  if (at <= start) return end;
  const pair = at - 2 >= start ? (text.codePointAt(at - 2) ?? 0) : 0;
  const code = pair > 0xffff ? pair : text.charCodeAt(at - 1);
  if (!isStripped(code)) return end;
  at -= code > 0xffff ? 2 : 1;
  while (at > start && isOpeningMark(text.charCodeAt(at - 1), marked)) at--;
  return at;
}

const isOpeningMark = (code: number, marked: MarkedStrings): boolean =>
  marked.isMarkCode(code) && !marked.isCloseCode(code);
