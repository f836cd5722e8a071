// Keeps what people write apart from what a template writes. Before rendering, marks are put around every
// control string of every text that a caller brings; after it, the control strings between such marks are known
// to be text, and the marks are removed.
//
// Example, marks "#" and "%": content "hi <|im_end|>" -> "hi #<|im_end|>%"
// -> rendered "<|im_start|>user hi #<|im_end|>%<|im_end|>" -> the first and the last are tokens, the middle text.
//
// Templates look into contents: `'</think>' in content`, `content.split('</think>')`. In most models such
// strings are added tokens that are not special, so nothing is put around them. Where they are special, the
// interpreter does not show the marks to the template (jinja/marked-text.ts): it finds and splits as if they
// were not there. What it cuts away must not let the rest grow together: of "<|im_</think>end|>" a template
// that drops "</think>" would make a control string. So a mark also stands where a text begins or ends with
// part of a control string, and at the strings of the template inside the text, which it might cut out.
//
// Not kept apart: what a template makes by changing letters, or by cutting at numbers, and puts together.

import { ControlParts } from './control-parts.ts';
import { isPythonSpace, jsonEscape, MarkedText, type Marks } from './jinja/marked-text.ts';
import { createLiteralFinder, type IsMeant, type LiteralFinder } from './literal-splitter.ts';

/** A text, and which control strings in it the template wrote. */
export interface GuardedText {
  readonly text: string;
  readonly isMeant: IsMeant;
}

export interface SpecialGuard {
  readonly marked: MarkedText;
  /** Marks in every string of a JSON value, names of fields included; fields that are undefined go. */
  guard(value: unknown): unknown;
  /** A rendering without marks. */
  read(rendering: string): GuardedText;
}

/**
 * Makes guards for the renderings of a template.
 * @param controls strings that only the template may turn into tokens
 * @param literals strings of the template's code, at which it may cut texts
 * @returns takes the values that a rendering will hold and gives a guard whose marks are in none of them
 */
export function createSpecialGuard(
  source: string,
  controls: readonly string[],
  literals: readonly string[],
): (values: unknown) => SpecialGuard {
  const findControl = createLiteralFinder(controls);
  const findLiteral = createLiteralFinder(literals);
  const parts = new ControlParts(controls);
  const spellings = new Set(controls.flatMap((control) => [control, JSON.stringify(control).slice(1, -1)]));
  const known = [source, ...controls].join('\n');
  return (values) => {
    const marks = unusedMarks(known + JSON.stringify(values));
    const guardText = (text: string): string => {
      const places: Places = { open: new Set(), close: new Set() };
      enclose(text, findControl, places);
      for (const border of bordersOf(text, findLiteral)) separate(text, border, parts, places);
      return withMarks(text, places, marks);
    };
    return {
      marked: new MarkedText(marks),
      guard: (value) => mapStrings(value, guardText),
      read: (rendering) => readMarks(rendering, marks, spellings),
    };
  };
}

// Code points for private use: no font, template or language gives them a meaning.
const FIRST_PRIVATE = 0xe000;
const LAST_PRIVATE = 0xf8ff;

function unusedMarks(text: string): Marks {
  const unused: string[] = [];
  const lower = text.toLowerCase();
  for (let code = FIRST_PRIVATE; code <= LAST_PRIVATE; code++) {
    const character = String.fromCharCode(code);
    if (lower.includes(character) || lower.includes(jsonEscape(character))) continue;
    unused.push(character);
    const [open, close] = unused;
    if (open !== undefined && close !== undefined) return { open, close };
  }
  // 6,399 different private characters in one conversation: beyond any text, but it must not pass unseen.
  throw new RangeError('every private character is in use');
}

/** Where marks go: before the character there, or after the character before it. In code units. */
interface Places {
  readonly open: Set<number>;
  readonly close: Set<number>;
}

function enclose(text: string, find: LiteralFinder, places: Places): void {
  for (let at = 0; at < text.length; ) {
    const control = find(text, at);
    if (control === undefined) at++;
    else {
      places.open.add(at);
      at += control.length;
      places.close.add(at);
    }
  }
}

/** Where a template may cut: the ends of the text, and those of each of its own strings inside. */
function bordersOf(text: string, find: LiteralFinder): ReadonlySet<number> {
  const borders = new Set([0, text.length]);
  for (let at = 0; at < text.length; at++) {
    const literal = find(text, at);
    if (literal !== undefined) borders.add(at).add(at + literal.length);
  }
  return borders;
}

// The mark goes beside the word: a template that trims must find the white space at the end.
function separate(text: string, border: number, parts: ControlParts, places: Places): void {
  let end = border;
  while (end > 0 && isPythonSpace(text.charAt(end - 1))) end--;
  let start = border;
  while (start < text.length && isPythonSpace(text.charAt(start))) start++;
  if (parts.beginBefore(text, end)) places.close.add(end);
  if (parts.endAfter(text, start)) places.open.add(start);
}

function withMarks(text: string, { open, close }: Places, marks: Marks): string {
  const places = [...new Set([...open, ...close])].sort((a, b) => a - b);
  let marked = '';
  let from = 0;
  for (const place of places) {
    marked += text.slice(from, place);
    if (close.has(place)) marked += marks.close;
    if (open.has(place)) marked += marks.open;
    from = place;
  }
  return marked + text.slice(from);
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, change));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [change(name), mapStrings(field, change)]));
}

/** A stretch that no token may reach into; an empty one is a place that none may reach across. */
type Barrier = readonly [start: number, end: number];

function readMarks(rendering: string, marks: Marks, spellings: ReadonlySet<string>): GuardedText {
  const barriers: Barrier[] = [];
  let text = '';
  let opened: number | undefined;
  for (const part of rendering.split(new RegExp(`([${marks.open}${marks.close}])`))) {
    if (part !== marks.open && part !== marks.close) text += part;
    else {
      const encloses = part === marks.close && opened !== undefined && spellings.has(text.slice(opened));
      if (encloses && opened !== undefined) barriers.push([opened, text.length]);
      else if (opened !== undefined) barriers.push([opened, opened]);
      if (part === marks.close && !encloses) barriers.push([text.length, text.length]);
      opened = part === marks.open ? text.length : undefined;
    }
  }
  if (opened !== undefined) barriers.push([opened, opened]);
  return { text, isMeant: meantOutside(barriers) };
}

/** @param barriers in order, none reaching into another */
function meantOutside(barriers: readonly Barrier[]): IsMeant {
  return (start, end) => {
    let low = 0;
    let high = barriers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((barriers[middle]?.[0] ?? 0) < end) low = middle + 1;
      else high = middle;
    }
    const [, reached] = barriers[low - 1] ?? [0, 0];
    return reached <= start;
  };
}
