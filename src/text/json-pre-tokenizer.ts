// The pre-tokenizer of a tokenizer.json: cuts a text into words.

import type { JsonObject, JsonValue } from '../base/tokenizer-data.ts';
import { toByteLevel } from './byte-level.ts';
import { flag, isObject, objectsIn, typeOf, unsupported } from './json-access.ts';
import { translatePattern } from './oniguruma.ts';
import { GPT2_PATTERN } from './pre-tokenizers.ts';
import type { TextPlace } from './vocabulary.ts';

export type PreTokenize = (text: string, place: TextPlace) => string[];

/** Throws `unsupported_tokenizer` for a kind that is not known. */
export function createPreTokenize(node: JsonValue | undefined): PreTokenize {
  if (!isObject(node)) return (text) => [text];
  switch (node.type) {
    case 'Sequence':
      return sequence(objectsIn(node.pretokenizers).map(createPreTokenize));
    case 'ByteLevel':
      return byteLevel(node);
    case 'Split':
      return split(node);
    case 'Digits':
      return digits(node);
    case 'Metaspace':
      return metaspace(node);
    default:
      throw unsupported(`pre-tokenizer ${typeOf(node)}`);
  }
}

// Only the first word of the first step stands where the text stands.
function sequence(steps: readonly PreTokenize[]): PreTokenize {
  return (text, place) =>
    steps.reduce(
      (words, step) => words.flatMap((word, index) => step(word, index === 0 ? place : 'inside')),
      [text],
    );
}

function byteLevel(node: JsonObject): PreTokenize {
  const addSpace = flag(node.add_prefix_space, false);
  const useRegex = flag(node.use_regex, true);
  return (text, place) => {
    const spaced = addSpace && place !== 'inside' && !text.startsWith(' ') ? ` ${text}` : text;
    const words = useRegex ? (spaced.match(GPT2_PATTERN) ?? []) : [spaced];
    return words.map(toByteLevel);
  };
}

function split(node: JsonObject): PreTokenize {
  const { behavior } = node;
  const invert = flag(node.invert, false);
  if (behavior !== 'Isolated' && behavior !== 'Removed') throw unsupported(`Split ${String(behavior)}`);
  const pattern = translatePattern(node.pattern);
  // Inverted, what matches is the word and what does not the separator.
  const keepMatches = behavior === 'Isolated' || invert;
  const keepOthers = behavior === 'Isolated' || !invert;
  return (text) => cut(text, pattern, keepMatches, keepOthers);
}

function cut(text: string, pattern: RegExp, keepMatches: boolean, keepOthers: boolean): string[] {
  const words: string[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (keepOthers && end < match.index) words.push(text.slice(end, match.index));
    if (keepMatches && match[0] !== '') words.push(match[0]);
    end = match.index + match[0].length;
  }
  if (keepOthers && end < text.length) words.push(text.slice(end));
  return words;
}

function digits(node: JsonObject): PreTokenize {
  const pattern = flag(node.individual_digits, false) ? /\p{N}/gu : /\p{N}+/gu;
  return (text) => cut(text, pattern, true, true);
}

function metaspace(node: JsonObject): PreTokenize {
  const space = typeof node.replacement === 'string' ? node.replacement : '\u2581';
  const scheme = node.prepend_scheme ?? (flag(node.add_prefix_space, true) ? 'always' : 'never');
  const parting = flag(node.split, true);
  return (text, place) => {
    const spaced = text.replaceAll(' ', space);
    const wanted = scheme === 'always' ? place !== 'inside' : scheme === 'first' && place === 'start';
    const word = wanted && !spaced.startsWith(space) ? space + spaced : spaced;
    return parting ? splitBefore(word, space) : [word];
  };
}

// "_a__b" -> "_a", "_", "_b"
function splitBefore(text: string, space: string): string[] {
  const [first = '', ...others] = text.split(space);
  return [...(first === '' ? [] : [first]), ...others.map((other) => space + other)];
}
