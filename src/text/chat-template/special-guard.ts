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
// part of a control string, at the strings of the template inside the text, which it might cut out, and at
// white space, where it might cut without naming it.
//
// Not kept apart: what a template makes by changing letters, or by cutting at numbers, and puts together.
//
// All of it takes as long as the texts are, whatever stands in them, and leaves the event loop free in between.

import type { Steps } from '../../base/steps.ts';
import { MarkedStrings, type Marks } from '../jinja/strings/marked-strings.ts';
import { createLiteralFinder, type IsMeant, type LiteralFinder } from '../special-tokens/literal-finder.ts';
import { ROOT } from '../special-tokens/string-trie.ts';
import { StringBuilder } from '../string-builder.ts';
import { isPythonSpace } from '../white-space.ts';
import { RESERVED_MARKS, replaceReservedMarks, UsedPrivateCharacters } from './guard-marks.ts';
import { createPrefixScanner, createSuffixScanner, type PartialControlScanner } from './partial-controls.ts';

/** A text, and which control strings in it the template wrote. */
export interface GuardedText {
  readonly text: string;
  readonly isMeant: IsMeant;
}

export interface SpecialGuard {
  readonly markedStrings: MarkedStrings;
  /** Marks in every string of a JSON value, names of fields included; fields that are undefined go. */
  guard(value: unknown): Steps<unknown>;
  /** A rendering without marks. */
  removeMarks(rendering: string): Steps<GuardedText>;
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
): (values: unknown) => Steps<SpecialGuard> {
  const places: Finders = {
    control: createLiteralFinder(controls),
    literal: createLiteralFinder(literals),
    prefixes: createPrefixScanner(controls),
    suffixes: createSuffixScanner(controls),
  };
  const spellings = new Set(controls.flatMap((control) => [control, JSON.stringify(control).slice(1, -1)]));
  const longest = Math.max(0, ...[...spellings].map((spelling) => spelling.length));
  let known: UsedPrivateCharacters | undefined;
  return function* (values) {
    if (known === undefined) {
      const own = new UsedPrivateCharacters();
      for (const text of [source, ...controls]) yield* own.scan(text);
      known = own;
    }
    const seen = new UsedPrivateCharacters(known);
    yield* visitStrings(values, (text) => seen.scan(text));
    const unseen = seen.unusedPair();
    const marks = unseen ?? RESERVED_MARKS;
    const own = unseen === undefined ? replaceReservedMarks : (text: string): string => text;
    return {
      markedStrings: new MarkedStrings(marks),
      guard: (value) => mapStrings(value, (text) => insertMarks(own(text), places, marks)),
      removeMarks: (rendering) =>
        removeMarks(rendering, marks, (text) => text.length <= longest && spellings.has(text)),
    };
  };
}

interface Finders {
  readonly control: LiteralFinder;
  readonly literal: LiteralFinder;
  readonly prefixes: PartialControlScanner;
  readonly suffixes: PartialControlScanner;
}

// What is known of a place, the one before a code unit or at the end.
const OPENING_MARK = 1; // a mark that belongs to the character after it
const CLOSING_MARK = 2; // a mark that belongs to the character before it
const CUT_POINT = 4; // a template may cut here

// Characters between two pauses.
const PAUSE_UNITS = 8192;

function* insertMarks(text: string, finders: Finders, marks: Marks): Steps<string> {
  if (text === '') return text;
  const places = new Uint8Array(text.length + 1);
  yield* flagControlsAndCuts(text, finders, places);
  yield* flagPrefixes(text, finders.prefixes, places);
  yield* flagSuffixes(text, finders.suffixes, places);
  return yield* writeMarks(text, places, marks);
}

// Marks around control strings, and borders: where the text ends, and where a string of the template does.
function* flagControlsAndCuts(text: string, { control, literal }: Finders, places: Uint8Array): Steps<void> {
  setFlag(places, 0, CUT_POINT);
  setFlag(places, text.length, CUT_POINT);
  let controlEnd = 0;
  for (let at = 0; at < text.length; at++) {
    const found = at < controlEnd ? undefined : control(text, at);
    if (found !== undefined) {
      controlEnd = at + found.length;
      setFlag(places, at, OPENING_MARK);
      setFlag(places, controlEnd, CLOSING_MARK);
    }
    const cut = literal(text, at);
    if (cut !== undefined) {
      setFlag(places, at, CUT_POINT);
      setFlag(places, at + cut.length, CUT_POINT);
    }
    if (at % PAUSE_UNITS === PAUSE_UNITS - 1) yield;
  }
}

// The mark goes beside the word: a template that trims must find the white space at the end. So of a border only
// the last character before it counts that is no white space, and white space is a border itself.
function* flagPrefixes(text: string, beginnings: PartialControlScanner, places: Uint8Array): Steps<void> {
  let state = ROOT;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    state = beginnings.next(state, code);
    if (at % PAUSE_UNITS === PAUSE_UNITS - 1) yield;
    if (!beginnings.isProperPart(state) || isPythonSpace(code)) continue;
    const end = at + 1;
    if (isCutPoint(places, end) || isPythonSpace(text.charCodeAt(end))) setFlag(places, end, CLOSING_MARK);
  }
}

function* flagSuffixes(text: string, endings: PartialControlScanner, places: Uint8Array): Steps<void> {
  let state = ROOT;
  for (let at = text.length - 1; at >= 0; at--) {
    const code = text.charCodeAt(at);
    state = endings.next(state, code);
    if (at % PAUSE_UNITS === 0) yield;
    if (!endings.isProperPart(state) || isPythonSpace(code)) continue;
    if (isCutPoint(places, at) || isPythonSpace(text.charCodeAt(at - 1))) setFlag(places, at, OPENING_MARK);
  }
}

const setFlag = (places: Uint8Array, at: number, what: number): void => {
  places[at] = (places[at] as number) | what;
};

const isCutPoint = (places: Uint8Array, at: number): boolean => ((places[at] as number) & CUT_POINT) !== 0;

function* writeMarks(text: string, places: Uint8Array, marks: Marks): Steps<string> {
  const marked = new StringBuilder();
  let from = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at % PAUSE_UNITS === PAUSE_UNITS - 1) yield;
    const what = (places[at] as number) & (OPENING_MARK | CLOSING_MARK);
    if (what === 0) continue;
    marked.append(text.slice(from, at));
    if ((what & CLOSING_MARK) !== 0) marked.append(marks.close);
    if ((what & OPENING_MARK) !== 0) marked.append(marks.open);
    from = at;
  }
  if (from === 0 && marked.length === 0) return text;
  marked.append(text.slice(from));
  return marked.build();
}

function* visitStrings(value: unknown, visit: (text: string) => Steps<void>): Steps<void> {
  if (typeof value === 'string') yield* visit(value);
  if (typeof value !== 'object' || value === null) return;
  yield;
  if (Array.isArray(value)) for (const item of value) yield* visitStrings(item, visit);
  else {
    for (const [name, field] of Object.entries(value)) {
      yield* visit(name);
      yield* visitStrings(field, visit);
    }
  }
}

function* mapStrings(value: unknown, change: (text: string) => Steps<string>): Steps<unknown> {
  if (typeof value === 'string') return yield* change(value);
  if (typeof value !== 'object' || value === null) return value;
  yield;
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) items.push(yield* mapStrings(item, change));
    return items;
  }
  const fields: [string, unknown][] = [];
  for (const [name, field] of Object.entries(value)) {
    if (field !== undefined) fields.push([yield* change(name), yield* mapStrings(field, change)]);
  }
  return Object.fromEntries(fields);
}

/** Stretches that no token may reach into; an empty one is a place that none may reach across. */
class ProtectedRanges {
  // In order, none reaching into another.
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  add(start: number, end: number): void {
    this.#starts.push(start);
    this.#ends.push(end);
  }

  readonly isOutside: IsMeant = (start, end) => {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] as number) < end) low = middle + 1;
      else high = middle;
    }
    return (this.#ends[low - 1] ?? 0) <= start;
  };
}

// Marks between two pauses.
const PAUSE_MARKS = 1024;

function* removeMarks(
  rendering: string,
  marks: Marks,
  isSpelling: (text: string) => boolean,
): Steps<GuardedText> {
  const barriers = new ProtectedRanges();
  const text = new StringBuilder();
  const anyMark = new RegExp(`[${marks.open}${marks.close}]`, 'g');
  let opened: number | undefined;
  let from = 0;
  let count = 0;
  for (let found = anyMark.exec(rendering); found !== null; found = anyMark.exec(rendering)) {
    const part = rendering.slice(from, found.index);
    from = found.index + 1;
    text.append(part);
    const closes = found[0] === marks.close;
    // After an opening mark, what stands before this one is all that it opened.
    const encloses = closes && opened !== undefined && isSpelling(part);
    if (opened !== undefined) barriers.add(opened, encloses ? text.length : opened);
    if (closes && !encloses) barriers.add(text.length, text.length);
    opened = closes ? undefined : text.length;
    if (++count % PAUSE_MARKS === 0) yield;
  }
  if (opened !== undefined) barriers.add(opened, opened);
  text.append(rendering.slice(from));
  return { text: text.build(), isMeant: barriers.isOutside };
}
