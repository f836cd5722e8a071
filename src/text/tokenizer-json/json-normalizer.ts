// The normalizer of a tokenizer.json: what is done to a text before it is cut into words.

import type { QuireError } from '../../base/errors.ts';
import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';
import { finish, type Steps } from '../../base/steps.ts';
import { TextBuilder } from '../string-builder.ts';
import type { TextPlace } from '../vocabulary/vocabulary.ts';
import { trimSpace } from '../white-space.ts';
import { badDefinition, flag, isObject, objectsIn, stepsIn, typeOf, unsupported } from './json-access.ts';
import { readPattern } from './json-pattern.ts';

/** The text as the words are cut from it, pausing now and then. */
export type Normalize = (text: string, place: TextPlace) => Steps<string>;

/** @param most the longest that the text may become */
type Step = (text: string, place: TextPlace, most: number) => Steps<string>;

// Characters to each of a text, and beside them: the longest that Unicode has is 18, and no tokenizer comes near. Steps
// that each write ten characters for one would make a thousand million of a word.
const MOST_GROWTH = 64;
const SLACK = 1024;

/** Throws `unsupported_tokenizer` for a kind that is not known; what it returns, `bad_tokenizer` for a text that grows without end. */
export function createNormalize(node: JsonValue | undefined): Normalize {
  const steps = stepsIn(node, 'normalizers').map(createStep);
  return function* (text, place) {
    const most = text.length * MOST_GROWTH + SLACK;
    let current = text;
    for (const step of steps) {
      current = yield* step(current, place, most);
      if (current.length > most) throw growsTooLong();
    }
    return current;
  };
}

function growsTooLong(): QuireError {
  return badDefinition(`its normalizer makes more than ${MOST_GROWTH} characters of one`);
}

function createStep(node: JsonObject): Step {
  switch (node.type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = node.type;
      return byBlocks((text) => text.normalize(form), beforeStarter);
    }
    case 'Lowercase':
      // The original looks at one character at a time: a sigma that ends a word is like any other.
      return byBlocks((text) => text.replaceAll('\u03a3', '\u03c3').toLowerCase(), betweenCharacters);
    case 'StripAccents':
      return byBlocks((text) => text.replace(/\p{M}/gu, ''), betweenCharacters);
    case 'Strip': {
      const left = flag(node.strip_left, true);
      const right = flag(node.strip_right, true);
      return atOnce((text) => trimSpace(text, left, right));
    }
    case 'Replace':
      return replace(node);
    case 'Prepend':
      return prepend(node);
    default:
      throw unsupported(`normalizer ${typeOf(node)}`);
  }
}

/** The normalizer leaves every text as it is. */
export function normalizesNothing(node: JsonValue | undefined): boolean {
  return !isObject(node) || (node.type === 'Sequence' && objectsIn(node.normalizers).length === 0);
}

/** What is short enough not to need pauses. */
export const normalizeAtOnce = (normalize: Normalize, text: string): string =>
  finish(normalize(text, 'start'));

// For changes that are quick however long the text.
function atOnce(change: (text: string, place: TextPlace) => string): Step {
  return function* (text, place) {
    const changed = change(text, place);
    yield;
    return changed;
  };
}

const BLOCK = 1024;
// What no normalization joins with the character before it, nor puts before it: all but marks, parts of Hangul
// syllables, voice marks of Katakana, and what is taken apart into these.
const STANDS_ALONE =
  /[^\p{M}\u0e33\u0eb3\u1160-\u11ff\u3130-\u318f\ud7b0-\ud7ff\uff9e-\uffdc\u{16d63}-\u{16d6a}]/u;

/** For changes that are the same for a text and for its blocks, where `blockEnd` says that one may end. */
function byBlocks(change: (text: string) => string, blockEnd: (text: string, from: number) => number): Step {
  return function* (text) {
    const changed = new TextBuilder();
    for (let start = 0; start < text.length; ) {
      const end = blockEnd(text, start + BLOCK);
      changed.add(change(text.slice(start, end)));
      start = end;
      yield;
    }
    return changed.build();
  };
}

// At the first character that stands alone. A thousand marks in a row end a block as well: to put them in order takes
// time by the square of their number.
function beforeStarter(text: string, from: number): number {
  const start = betweenCharacters(text, from);
  const found = STANDS_ALONE.exec(text.slice(start, start + BLOCK));
  return found === null ? betweenCharacters(text, start + BLOCK) : start + found.index;
}

// Not between the halves of a surrogate pair.
function betweenCharacters(text: string, at: number): number {
  if (at >= text.length) return text.length;
  return (text.codePointAt(at - 1) ?? 0) > 0xffff ? at + 1 : at;
}

// Matches between two pauses.
const PAUSE = 256;

function replace(node: JsonObject): Step {
  const content = typeof node.content === 'string' ? node.content : '';
  const find = readPattern(node.pattern);
  return function* (text, _place, most) {
    const changed = new TextBuilder();
    let end = 0;
    let count = 0;
    for (const match of find(text)) {
      if (match === undefined || ++count % PAUSE === 0) yield;
      if (match === undefined) continue;
      changed.add(text.slice(end, match[0]));
      changed.add(content);
      if (changed.length > most) throw growsTooLong();
      end = match[1];
    }
    changed.add(text.slice(end));
    return changed.build();
  };
}

// A prefix belongs to the start of a text, never to its middle.
function prepend(node: JsonObject): Step {
  const prefix = typeof node.prepend === 'string' ? node.prepend : '';
  return atOnce((text, place) => (place === 'inside' || text === '' ? text : prefix + text));
}
