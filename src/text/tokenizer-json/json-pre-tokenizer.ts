// The pre-tokenizer of a tokenizer.json, which splits a text into words lazily.

import type { JsonObject, JsonValue } from '../../base/model/tokenizer-data.ts';
import { GPT2 } from '../pre-tokenizer/pre-tokenizer-patterns.ts';
import {
  splitAtMatches,
  splitByPattern,
  type TextSplitter,
  type WordOrPause,
} from '../pre-tokenizer/split-text.ts';
import { toByteLevel } from '../vocabulary/byte-level.ts';
import { replaceSpaces } from '../vocabulary/replace-spaces.ts';
import type { TextPlace } from '../vocabulary/vocabulary.ts';
import { badDefinitionError, booleanOr, flattenSequence, typeName, unsupportedError } from './json-access.ts';
import { readPattern } from './json-pattern.ts';

export type PreTokenize = (text: string, place: TextPlace) => Iterable<WordOrPause>;

// Each ByteLevel step doubles the length of a word. Real tokenizers have one such step.
const MAX_BYTE_LEVEL_STEPS = 2;

/** Creates the pre-tokenizer of a tokenizer.json. Throws `unsupported_tokenizer` for an unknown type. */
export function createPreTokenizer(node: JsonValue | undefined): PreTokenize {
  const steps = flattenSequence(node, 'pretokenizers');
  if (steps.filter(({ type }) => type === 'ByteLevel').length > MAX_BYTE_LEVEL_STEPS)
    throw unsupportedError(`ByteLevel more than ${MAX_BYTE_LEVEL_STEPS} times`);
  const [first = wholeText, ...others] = steps.map(createStep);
  return others.reduce(
    (previous, step) => (text, place) => applyToWords(previous(text, place), place, step),
    first,
  );
}

const wholeText: PreTokenize = (text) => [text];

function createStep(node: JsonObject): PreTokenize {
  switch (node.type) {
    case 'ByteLevel':
      return createByteLevelStep(node);
    case 'Split':
      return createSplitStep(node);
    case 'Digits':
      return splitByPattern(booleanOr(node.individual_digits, false) ? /\p{N}/gu : /\p{N}+/gu);
    case 'Metaspace':
      return createMetaspaceStep(node);
    default:
      throw unsupportedError(`pre-tokenizer ${typeName(node)}`);
  }
}

// Only the first word has the position of the text. The other words have the position after a token: a step that adds a
// space before every piece adds it to them too, but a step that adds a space only at the start of a text does not.
function* applyToWords(
  words: Iterable<WordOrPause>,
  textPlace: TextPlace,
  step: PreTokenize,
): Generator<WordOrPause> {
  let place = textPlace;
  for (const word of words) {
    if (word === undefined) {
      yield undefined;
      continue;
    }
    yield* step(word, place);
    place = 'after-token';
  }
}

function createByteLevelStep(node: JsonObject): PreTokenize {
  const addSpace = booleanOr(node.add_prefix_space, false);
  const splitWords: TextSplitter = booleanOr(node.use_regex, true) ? GPT2 : (text) => [text];
  return function* (text, place) {
    const spaced = addSpace && place !== 'inside' && !text.startsWith(' ') ? ` ${text}` : text;
    for (const word of splitWords(spaced)) yield word === undefined ? word : toByteLevel(word);
  };
}

function createSplitStep(node: JsonObject): PreTokenize {
  const { behavior } = node;
  const invert = booleanOr(node.invert, false);
  if (behavior !== 'Isolated' && behavior !== 'Removed') throw unsupportedError(`Split ${String(behavior)}`);
  // With `invert`, the matches are the words and the gaps are the separators.
  return splitAtMatches(readPattern(node.pattern), {
    matches: behavior === 'Isolated' || invert,
    gaps: behavior === 'Isolated' || !invert,
  });
}

function createMetaspaceStep(node: JsonObject): PreTokenize {
  const { replacement: space = '\u2581' } = node;
  if (typeof space !== 'string' || Array.from(space).length !== 1)
    throw badDefinitionError(
      `the replacement of Metaspace must be one character, got ${JSON.stringify(space)?.slice(0, 40)}`,
    );
  const scheme = node.prepend_scheme ?? (booleanOr(node.add_prefix_space, true) ? 'always' : 'never');
  const splitsWords = booleanOr(node.split, true);
  return function* (text, place) {
    const replaceSteps = replaceSpaces(text, space);
    let step = replaceSteps.next();
    for (; step.done !== true; step = replaceSteps.next()) yield undefined;
    const spaced = step.value;
    const addsSpace = scheme === 'always' ? place !== 'inside' : scheme === 'first' && place === 'start';
    const word = addsSpace && !spaced.startsWith(space) ? space + spaced : spaced;
    yield* splitsWords ? splitBeforeSpaces(word, space) : [word];
  };
}

// Splits before each space character: "_a__b" -> "_a", "_", "_b".
function* splitBeforeSpaces(text: string, space: string): Generator<string> {
  let start = 0;
  while (start < text.length) {
    const next = text.indexOf(space, start + 1);
    const end = next < 0 ? text.length : next;
    yield text.slice(start, end);
    start = end;
  }
}
