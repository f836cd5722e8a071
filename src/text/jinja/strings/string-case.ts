// String methods that change the case of letters. Guard marks have no case and stay in position.

import type { Steps } from '../../../base/steps.ts';
import { StringBuilder } from '../../string-builder.ts';
import { runUntilPause } from '../paused.ts';
import { bindPositional } from '../values/arguments.ts';
import type { RenderState } from '../values/values.ts';
import type { MarkedStrings } from './marked-strings.ts';
import type { StringMethod } from './string-method.ts';

/** Creates a function that is applied to each chunk of a string in order, and may store state between chunks. */
export type CaseMapping = (marked: MarkedStrings) => (part: string) => string;

const caseMethod = (name: string, mapping: CaseMapping): readonly [string, StringMethod] => [
  name,
  (text, args, state) => {
    bindPositional(name, [], args);
    return runUntilPause(applyCase(text, mapping, state));
  },
];

export function* applyCase(text: string, mapping: CaseMapping, state: RenderState): Steps<string> {
  const mapChunk = mapping(state.markedStrings);
  const out = new StringBuilder();
  // A text with a sigma is not split, because the lower case of a sigma depends on the adjacent characters.
  const parts = text.includes('\u03a3') ? [text] : state.markedStrings.chunks(text);
  for (const part of parts) {
    state.budget.allocate(part.length);
    out.append(mapChunk(part));
    if (state.budget.isPauseDue()) yield;
  }
  return out.build();
}

export const toLowerCase = (text: string): string => text.toLowerCase();

export const LOWER: CaseMapping = () => toLowerCase;
export const UPPER: CaseMapping = () => (part) => part.toUpperCase();

// Digraph letters have a title form, which is neither upper nor lower case: "ǆ" -> "ǅ".
const TITLE_FORMS: ReadonlyMap<string, string> = new Map(
  ['ǆǅ', 'Ǆǅ', 'ǅǅ', 'ǉǈ', 'Ǉǈ', 'ǈǈ', 'ǌǋ', 'Ǌǋ', 'ǋǋ', 'ǳǲ', 'Ǳǲ', 'ǲǲ'].map(([from = '', to = '']) => [
    from,
    to,
  ]),
);

// Converts the first letter of a word to title case. If its upper case has several letters, only the first of them is
// upper case: "ß" -> "Ss".
function toTitleCase(character: string, marked: MarkedStrings): string {
  const titleForm = TITLE_FORMS.get(marked.clean(character));
  if (titleForm !== undefined) return character.replace(marked.clean(character), titleForm);
  const upper = character.toUpperCase();
  const clean = marked.clean(upper);
  if (clean.length <= marked.clean(character).length) return upper;
  const [first = '', ...others] = Array.from(clean);
  return upper.replace(clean, first + others.join('').toLowerCase());
}

/** Converts the first letter of a string to title case and all others to lower case. */
export const CAPITALIZE: CaseMapping = (marked) => {
  let hasFirst = false;
  return (part) => {
    if (hasFirst) return part.toLowerCase();
    hasFirst = true;
    const [first = '', ...others] = marked.characters(part);
    return toTitleCase(first, marked) + others.join('').toLowerCase();
  };
};

// Characters around a sigma that decide whether it is final.
const SIGMA_CONTEXT = 32;

/** Lower-cases the character at an index; the form of a sigma depends on the characters around it. */
function toLowerCaseAt(characters: readonly string[], index: number, marked: MarkedStrings): string {
  const character = characters[index] ?? '';
  if (!character.includes('Σ')) return character.toLowerCase();
  const before = marked.clean(characters.slice(Math.max(0, index - SIGMA_CONTEXT), index).join(''));
  const after = marked.clean(characters.slice(index + 1, index + 1 + SIGMA_CONTEXT).join(''));
  const lowerSigma = `${before}Σ${after}`.toLowerCase().charAt(before.toLowerCase().length);
  return character.replace('Σ', lowerSigma);
}

/** Converts the first letter of each word to title case and all others to lower case. */
const TITLE: CaseMapping = (marked) => {
  let isInWord = false;
  return (part) =>
    marked
      .characters(part)
      .map((character, index, characters) => {
        const wasInWord = isInWord;
        isInWord = CASED_LETTER.test(marked.clean(character));
        return wasInWord ? toLowerCaseAt(characters, index, marked) : toTitleCase(character, marked);
      })
      .join('');
};

/** Matches a letter that has a case. */
export const CASED_LETTER = /[\p{Uppercase}\p{Lowercase}\p{Lt}]/u;

const SWAP_CASE: CaseMapping = (marked) => (part) =>
  marked
    .characters(part)
    .map((character, index, characters) =>
      /\p{Uppercase}/u.test(character) ? toLowerCaseAt(characters, index, marked) : character.toUpperCase(),
    )
    .join('');

export const CASE_METHODS: readonly (readonly [string, StringMethod])[] = [
  caseMethod('lower', LOWER),
  caseMethod('upper', UPPER),
  caseMethod('capitalize', CAPITALIZE),
  caseMethod('title', TITLE),
  caseMethod('swapcase', SWAP_CASE),
];
