// The normalizer of a tokenizer.json, which changes a text before it is split into words.

import type { QuireError } from '../../base/errors.ts';
import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';
import type { Steps } from '../../base/steps.ts';
import { StringBuilder } from '../string-builder.ts';
import { avoidSurrogateSplit } from '../surrogates.ts';
import type { TextPlace } from '../vocabulary/vocabulary.ts';
import { trimSpace } from '../white-space.ts';
import {
  badDefinition,
  booleanOr,
  flattenSequence,
  isObject,
  objectList,
  typeName,
  unsupported,
} from './json-access.ts';
import { readPattern } from './json-pattern.ts';

/** Returns the normalized text, in steps. */
export type Normalize = (text: string, place: TextPlace) => Steps<string>;

/** @param maxLength limit on the length of the result */
type Step = (text: string, place: TextPlace, maxLength: number) => Steps<string>;

// The limit is MAX_GROWTH characters per character, and GROWTH_SLACK in addition. The largest expansion in Unicode is 18.
// Twelve steps that each write ten characters for one would make 10^12 of one letter.
const MAX_GROWTH = 64;
const GROWTH_SLACK = 1024;

/** Throws `unsupported_tokenizer` for an unknown kind. The normalizer throws `bad_tokenizer` if a text exceeds the limit. */
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
  return badDefinition(`its normalizer expands one character to more than ${MAX_GROWTH}`);
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
      // The original processes one character at a time: a sigma that ends a word is like any other.
      return blockwiseStep((text) => text.replaceAll('\u03a3', '\u03c3').toLowerCase(), avoidSurrogateSplit);
    case 'StripAccents':
      return blockwiseStep((text) => text.replace(/\p{M}/gu, ''), avoidSurrogateSplit);
    case 'Strip': {
      const left = booleanOr(node.strip_left, true);
      const right = booleanOr(node.strip_right, true);
      return wholeTextStep((text) => trimSpace(text, left, right));
    }
    case 'Replace':
      return replace(node);
    case 'Prepend':
      return prepend(node);
    default:
      throw unsupported(`normalizer ${typeName(node)}`);
  }
}

/** Whether the normalizer changes no text. */
export function isIdentityNormalizer(node: JsonValue | undefined): boolean {
  return !isObject(node) || (node.type === 'Sequence' && objectList(node.normalizers).length === 0);
}

// For changes that are fast at any length.
function wholeTextStep(change: (text: string, place: TextPlace) => string): Step {
  return function* (text, place) {
    const changed = change(text, place);
    yield;
    return changed;
  };
}

const BLOCK_UNITS = 1024;
// Characters that no normalization form composes with, or reorders before, the preceding character: all except marks,
// Hangul Jamo, Katakana voicing marks, and characters that decompose to these.
const NORMALIZATION_BOUNDARY =
  /[^\p{M}\u0e33\u0eb3\u1160-\u11ff\u3130-\u318f\ud7b0-\ud7ff\uff9e-\uffdc\u{16d63}-\u{16d6a}]/u;

/** For changes that may be applied to blocks of a text separately; `blockEnd` finds where a block may end. */
function blockwiseStep(
  change: (text: string) => string,
  blockEnd: (text: string, from: number) => number,
): Step {
  return function* (text) {
    const changed = new StringBuilder();
    for (let start = 0; start < text.length; ) {
      const end = blockEnd(text, start + BLOCK_UNITS);
      changed.append(change(text.slice(start, end)));
      start = end;
      yield;
    }
    return changed.build();
  };
}

// Ends a block before the next character that does not combine with the one before it. BLOCK_UNITS marks in a row also
// end a block, because sorting them takes quadratic time.
function nextNormalizationBoundary(text: string, from: number): number {
  const start = avoidSurrogateSplit(text, from);
  const found = NORMALIZATION_BOUNDARY.exec(text.slice(start, start + BLOCK_UNITS));
  return found === null ? avoidSurrogateSplit(text, start + BLOCK_UNITS) : start + found.index;
}

// Matches between two pauses.
const PAUSE_MATCHES = 256;

function replace(node: JsonObject): Step {
  const content = typeof node.content === 'string' ? node.content : '';
  const find = readPattern(node.pattern);
  return function* (text, _place, maxLength) {
    const changed = new StringBuilder();
    let end = 0;
    let count = 0;
    for (const match of find(text)) {
      if (match === undefined || ++count % PAUSE_MATCHES === 0) yield;
      if (match === undefined) continue;
      changed.append(text.slice(end, match[0]));
      changed.append(content);
      if (changed.length > maxLength) throw growthError();
      end = match[1];
    }
    changed.append(text.slice(end));
    return changed.build();
  };
}

// A prefix is added at the start of a text, not inside it.
function prepend(node: JsonObject): Step {
  const prefix = typeof node.prepend === 'string' ? node.prepend : '';
  return wholeTextStep((text, place) => (place === 'inside' || text === '' ? text : prefix + text));
}
