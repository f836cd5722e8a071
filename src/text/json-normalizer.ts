// The normalizer of a tokenizer.json: what is done to a text before it is cut into words.

import { finish, type Steps } from '../base/steps.ts';
import type { JsonObject, JsonValue } from '../base/tokenizer-data.ts';
import { flag, isObject, objectsIn, typeOf, unsupported } from './json-access.ts';
import { translatePattern } from './oniguruma.ts';
import type { TextPlace } from './vocabulary.ts';
import { trimSpace } from './white-space.ts';

/** The text as the words are cut from it, pausing now and then. */
export type Normalize = (text: string, place: TextPlace) => Steps<string>;

/** Throws `unsupported_tokenizer` for a kind that is not known. */
export function createNormalize(node: JsonValue | undefined): Normalize {
  if (!isObject(node)) return atOnce((text) => text);
  switch (node.type) {
    case 'Sequence':
      return sequence(objectsIn(node.normalizers).map(createNormalize));
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = node.type;
      return byBlocks((text) => text.normalize(form));
    }
    case 'Lowercase':
      // The original looks at one character at a time: a sigma that ends a word is like any other.
      return byBlocks((text) => text.replaceAll('\u03a3', '\u03c3').toLowerCase());
    case 'StripAccents':
      return byBlocks((text) => text.replace(/\p{M}/gu, ''));
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
function atOnce(change: (text: string, place: TextPlace) => string): Normalize {
  return function* (text, place) {
    const changed = change(text, place);
    yield;
    return changed;
  };
}

function sequence(steps: readonly Normalize[]): Normalize {
  return function* (text, place) {
    let current = text;
    for (const step of steps) current = yield* step(current, place);
    return current;
  };
}

const BLOCK = 8192;
// What no normalization joins with the character before it: ASCII, Chinese characters, Hangul syllables, the
// letters of Hiragana and Katakana (their voice marks are characters of their own).
const STANDS_ALONE = /[ -~\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]/g;

/** For changes that are the same for a text and for its blocks, where these begin with what stands alone. */
function byBlocks(change: (text: string) => string): Normalize {
  return function* (text) {
    let changed = '';
    for (let start = 0; start < text.length; ) {
      const end = blockEnd(text, start + BLOCK);
      changed += change(text.slice(start, end));
      start = end;
      yield;
    }
    return changed;
  };
}

function blockEnd(text: string, from: number): number {
  if (from >= text.length) return text.length;
  STANDS_ALONE.lastIndex = from;
  return STANDS_ALONE.exec(text)?.index ?? text.length;
}

// Matches between two pauses.
const PAUSE = 256;

function replace(node: JsonObject): Normalize {
  const content = typeof node.content === 'string' ? node.content : '';
  const literal = isObject(node.pattern) ? node.pattern.String : undefined;
  if (typeof literal === 'string' && literal !== '')
    return atOnce((text) => text.split(literal).join(content));
  const pattern = translatePattern(node.pattern);
  return function* (text) {
    let changed = '';
    let end = 0;
    let count = 0;
    for (const match of text.matchAll(pattern)) {
      changed += text.slice(end, match.index) + content;
      end = match.index + match[0].length;
      if (++count % PAUSE === 0) yield;
    }
    return changed + text.slice(end);
  };
}

// A prefix belongs to the start of a text, never to its middle.
function prepend(node: JsonObject): Normalize {
  const prefix = typeof node.prepend === 'string' ? node.prepend : '';
  return atOnce((text, place) => (place === 'inside' || text === '' ? text : prefix + text));
}
