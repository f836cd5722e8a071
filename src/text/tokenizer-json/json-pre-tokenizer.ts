// The pre-tokenizer of a tokenizer.json: cuts a text into words, one at a time.

import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';
import { GPT2 } from '../pre-tokenizer/pre-tokenizer-patterns.ts';
import { type Cut, cutAtMatches, cutByPattern, type WordOrPause } from '../pre-tokenizer/split-text.ts';
import { toByteLevel } from '../vocabulary/byte-level.ts';
import { replaceSpaces } from '../vocabulary/replace-spaces.ts';
import type { TextPlace } from '../vocabulary/vocabulary.ts';
import { badDefinition, flag, stepsIn, typeOf, unsupported } from './json-access.ts';
import { readPattern } from './json-pattern.ts';

export type PreTokenize = (text: string, place: TextPlace) => Iterable<WordOrPause>;

// A word is twice as long after each: real ones have one.
const MOST_BYTE_LEVELS = 2;

/** Throws `unsupported_tokenizer` for a kind that is not known. */
export function createPreTokenize(node: JsonValue | undefined): PreTokenize {
  const steps = stepsIn(node, 'pretokenizers');
  if (steps.filter(({ type }) => type === 'ByteLevel').length > MOST_BYTE_LEVELS)
    throw unsupported(`ByteLevel more than ${MOST_BYTE_LEVELS} times`);
  const [first = wholeText, ...others] = steps.map(createStep);
  return others.reduce((before, step) => (text, place) => stepOn(before(text, place), place, step), first);
}

const wholeText: PreTokenize = (text) => [text];

function createStep(node: JsonObject): PreTokenize {
  switch (node.type) {
    case 'ByteLevel':
      return byteLevel(node);
    case 'Split':
      return split(node);
    case 'Digits':
      return cutByPattern(flag(node.individual_digits, false) ? /\p{N}/gu : /\p{N}+/gu);
    case 'Metaspace':
      return metaspace(node);
    default:
      throw unsupported(`pre-tokenizer ${typeOf(node)}`);
  }
}

// Only the first word stands where the text stands; to the others a step does what it does after a token: what
// puts a space before every piece puts one there, what puts one at the start of a text does not.
function* stepOn(words: Iterable<WordOrPause>, start: TextPlace, step: PreTokenize): Generator<WordOrPause> {
  let place = start;
  for (const word of words) {
    if (word === undefined) {
      yield undefined;
      continue;
    }
    yield* step(word, place);
    place = 'after-token';
  }
}

function byteLevel(node: JsonObject): PreTokenize {
  const addSpace = flag(node.add_prefix_space, false);
  const cut: Cut = flag(node.use_regex, true) ? GPT2 : (text) => [text];
  return function* (text, place) {
    const spaced = addSpace && place !== 'inside' && !text.startsWith(' ') ? ` ${text}` : text;
    for (const word of cut(spaced)) yield word === undefined ? word : toByteLevel(word);
  };
}

function split(node: JsonObject): PreTokenize {
  const { behavior } = node;
  const invert = flag(node.invert, false);
  if (behavior !== 'Isolated' && behavior !== 'Removed') throw unsupported(`Split ${String(behavior)}`);
  // Inverted, what matches is the word and what does not the separator.
  return cutAtMatches(readPattern(node.pattern), {
    matches: behavior === 'Isolated' || invert,
    others: behavior === 'Isolated' || !invert,
  });
}

function metaspace(node: JsonObject): PreTokenize {
  const { replacement: space = '\u2581' } = node;
  if (typeof space !== 'string' || Array.from(space).length !== 1)
    throw badDefinition(
      `Metaspace writes ${JSON.stringify(space)?.slice(0, 40)} for a space, which is no character`,
    );
  const scheme = node.prepend_scheme ?? (flag(node.add_prefix_space, true) ? 'always' : 'never');
  const parting = flag(node.split, true);
  return function* (text, place) {
    const replacing = replaceSpaces(text, space);
    let step = replacing.next();
    for (; step.done !== true; step = replacing.next()) yield undefined;
    const spaced = step.value;
    const wanted = scheme === 'always' ? place !== 'inside' : scheme === 'first' && place === 'start';
    const word = wanted && !spaced.startsWith(space) ? space + spaced : spaced;
    yield* parting ? splitBefore(word, space) : [word];
  };
}

// "_a__b" -> "_a", "_", "_b"
function* splitBefore(text: string, space: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const next = text.indexOf(space, start + 1);
    const end = next < 0 ? text.length : next;
    yield text.slice(start, end);
    start = end;
  }
}
