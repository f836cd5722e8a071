// The normalizer of a tokenizer.json, which changes a text before it is split into words.

import type { QuireError } from '../../base/errors.ts';
import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';
import type { Steps } from '../../base/steps.ts';
import { StringBuilder } from '../string-builder.ts';
import { avoidSurrogateSplit } from '../surrogates.ts';
import type { TextPlace } from '../vocabulary/vocabulary.ts';
import { trimSpace } from '../white-space.ts';
import {
  badDefinitionError,
  booleanOr,
  flattenSequence,
  isObject,
  objectList,
  typeName,
  unsupportedError,
} from './json-access.ts';
import { readPattern } from './json-pattern.ts';

/** Returns the normalized text. */
export type Normalize = (text: string, place: TextPlace) => Steps<string>;

/** @param maxLength limit on the length of the result */
type Step = (text: string, place: TextPlace, maxLength: number) => Steps<string>;

// The result may have MAX_GROWTH times as many characters as the text, plus GROWTH_SLACK. Unicode normalization expands a
// character to at most 18. Without a limit, twelve steps that each replace a letter with ten would write 10^12 letters.
const MAX_GROWTH = 64;
const GROWTH_SLACK = 1024;

/**
 * Creates the normalizer of a tokenizer.json. Throws `unsupported_tokenizer` for an unknown type. The normalizer throws
 * `bad_tokenizer` if its result exceeds the limit.
 */
export function createNormalizer(node: JsonValue | undefined): Normalize {
  const steps = flattenSequence(node, 'normalizers').map(createStep);
  return function* (text, place) {
    const maxLength = text.length * MAX_GROWTH + GROWTH_SLACK;
    let current = text;
    for (const step of steps) {
      current = yield* step(current, place, maxLength);
      if (current.length > maxLength) throw growthError();
    }
    return current;
  };
}

function growthError(): QuireError {
  return badDefinitionError(`its normalizer expands one character to more than ${MAX_GROWTH}`);
}

function createStep(node: JsonObject): Step {
  switch (node.type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = node.type;
      return blockwiseStep((text) => text.normalize(form), nextNormalizationBoundary);
    }
    case 'Lowercase':
      // The library `tokenizers` lower-cases one character at a time, so a sigma at the end of a word has no special
      // form.
      return blockwiseStep((text) => text.replaceAll('\u03a3', '\u03c3').toLowerCase(), avoidSurrogateSplit);
    case 'StripAccents':
      return blockwiseStep((text) => text.replace(/\p{M}/gu, ''), avoidSurrogateSplit);
    case 'Strip': {
      const left = booleanOr(node.strip_left, true);
      const right = booleanOr(node.strip_right, true);
      return wholeTextStep((text) => trimSpace(text, left, right));
    }
    case 'Replace':
      return createReplaceStep(node);
    case 'Prepend':
      return createPrependStep(node);
    default:
      throw unsupportedError(`normalizer ${typeName(node)}`);
  }
}

/** Returns whether the normalizer changes no text. */
export function isIdentityNormalizer(node: JsonValue | undefined): boolean {
  return !isObject(node) || (node.type === 'Sequence' && objectList(node.normalizers).length === 0);
}

// Creates a step from a function that is fast for texts of any length.
function wholeTextStep(convert: (text: string, place: TextPlace) => string): Step {
  return function* (text, place) {
    const converted = convert(text, place);
    yield;
    return converted;
  };
}

const BLOCK_UNITS = 1024;
// Matches characters that no normalization form combines with the preceding character or moves before it: all except
// marks, Hangul Jamo, Katakana voicing marks, and characters that decompose to these.
const NORMALIZATION_BOUNDARY =
  /[^\p{M}\u0e33\u0eb3\u1160-\u11ff\u3130-\u318f\ud7b0-\ud7ff\uff9e-\uffdc\u{16d63}-\u{16d6a}]/u;

/** Creates a step that converts blocks of a text separately. `blockEnd` returns the first offset at which a block may end. */
function blockwiseStep(
  convert: (text: string) => string,
  blockEnd: (text: string, from: number) => number,
): Step {
  return function* (text) {
    const converted = new StringBuilder();
    for (let start = 0; start < text.length; ) {
      const end = blockEnd(text, start + BLOCK_UNITS);
      converted.append(convert(text.slice(start, end)));
      start = end;
      yield;
    }
    return converted.build();
  };
}

// A block ends before the next character that does not combine with its predecessor. It also ends after BLOCK_UNITS
// marks in a row, because sorting them takes quadratic time.
function nextNormalizationBoundary(text: string, from: number): number {
  const start = avoidSurrogateSplit(text, from);
  const match = NORMALIZATION_BOUNDARY.exec(text.slice(start, start + BLOCK_UNITS));
  return match === null ? avoidSurrogateSplit(text, start + BLOCK_UNITS) : start + match.index;
}

// Matches between two pauses.
const PAUSE_MATCHES = 256;

function createReplaceStep(node: JsonObject): Step {
  const content = typeof node.content === 'string' ? node.content : '';
  const findMatches = readPattern(node.pattern);
  return function* (text, _place, maxLength) {
    const converted = new StringBuilder();
    let end = 0;
    let count = 0;
    for (const match of findMatches(text)) {
      if (match === undefined || ++count % PAUSE_MATCHES === 0) yield;
      if (match === undefined) continue;
      converted.append(text.slice(end, match[0]));
      converted.append(content);
      if (converted.length > maxLength) throw growthError();
      end = match[1];
    }
    converted.append(text.slice(end));
    return converted.build();
  };
}

// The prefix is added at the start of a text and after a token, not inside a text.
function createPrependStep(node: JsonObject): Step {
  const prefix = typeof node.prepend === 'string' ? node.prepend : '';
  return wholeTextStep((text, place) => (place === 'inside' || text === '' ? text : prefix + text));
}
