// String methods that change the case of letters. Guard marks have no case and stay in position.

import type { Steps } from '../../../base/steps.ts';
import { StringBuilder } from '../../string-builder.ts';
import { runToPause } from '../paused.ts';
import { bindPositional } from '../values/arguments.ts';
import type { RenderState } from '../values/values.ts';
import type { MarkedStrings } from './marked-strings.ts';
import type { StringMethod } from './string-method.ts';

/** Creates a function that is applied to each chunk of a string in order, and may keep state between chunks. */
export type CaseMapping = (marked: MarkedStrings) => (part: string) => string;

const caseMethod = (name: string, change: CaseMapping): readonly [string, StringMethod] => [
  name,
  (text, given, state) => {
    bindPositional(name, [], given);
    return runToPause(applyCase(text, change, state));
  },
];

export function* applyCase(text: string, change: CaseMapping, state: RenderState): Steps<string> {
  const each = change(state.markedStrings);
  const out = new StringBuilder();
  // The lower case of a sigma depends on its neighbours.
  const parts = text.includes('\u03a3') ? [text] : state.markedStrings.chunks(text);
  for (const part of parts) {
    state.budget.allocate(part.length);
    out.append(each(part));
    if (state.budget.isPauseDue()) yield;
  }
  return out.build();
}

export const toLowerCase = (text: string): string => text.toLowerCase();

export const LOWER: CaseMapping = () => toLowerCase;
export const UPPER: CaseMapping = () => (part) => part.toUpperCase();

// Title case of the first letter of a word: digraphs have a title form ("ǆ" -> "ǅ", "ß" -> "Ss").
const TITLES: ReadonlyMap<string, string> = new Map(
  ['ǆǅ', 'Ǆǅ', 'ǅǅ', 'ǉǈ', 'Ǉǈ', 'ǈǈ', 'ǌǋ', 'Ǌǋ', 'ǋǋ', 'ǳǲ', 'Ǳǲ', 'ǲǲ'].map(([from = '', to = '']) => [
    from,
    to,
  ]),
);

function titleCase(character: string, marked: MarkedStrings): string {
  const title = TITLES.get(marked.clean(character));
  if (title !== undefined) return character.replace(marked.clean(character), title);
  const upper = character.toUpperCase();
  const clean = marked.clean(upper);
  if (clean.length <= marked.clean(character).length) return upper;
  const [first = '', ...others] = Array.from(clean);
  return upper.replace(clean, first + others.join('').toLowerCase());
}

/** First letter in title case, the others in lower case. */
export const capitalized: CaseMapping = (marked) => {
  let started = false;
  return (part) => {
    if (started) return part.toLowerCase();
    started = true;
    const [first = '', ...rest] = marked.characters(part);
    return titleCase(first, marked) + rest.join('').toLowerCase();
  };
};

// Characters around a sigma that decide whether it is final.
const SIGMA_CONTEXT = 32;

/** Lower-cases one character; a sigma has two lower-case forms. */
function lowerAt(characters: readonly string[], at: number, marked: MarkedStrings): string {
  const character = characters[at] ?? '';
  if (!character.includes('Σ')) return character.toLowerCase();
  const before = marked.clean(characters.slice(Math.max(0, at - SIGMA_CONTEXT), at).join(''));
  const after = marked.clean(characters.slice(at + 1, at + 1 + SIGMA_CONTEXT).join(''));
  const small = `${before}Σ${after}`.toLowerCase().charAt(before.toLowerCase().length);
  return character.replace('Σ', small);
}

/** The first letter of each word in title case, the others in lower case. */
const titled: CaseMapping = (marked) => {
  let inWord = false;
  return (part) =>
    marked
      .characters(part)
      .map((character, at, characters) => {
        const within = inWord;
        inWord = CASED.test(marked.clean(character));
        return within ? lowerAt(characters, at, marked) : titleCase(character, marked);
      })
      .join('');
};

/** A letter with a case. */
export const CASED = /[\p{Uppercase}\p{Lowercase}\p{Lt}]/u;

const swapped: CaseMapping = (marked) => (part) =>
  marked
    .characters(part)
    .map((character, at, characters) =>
      /\p{Uppercase}/u.test(character) ? lowerAt(characters, at, marked) : character.toUpperCase(),
    )
    .join('');

export const CASE_METHODS: readonly (readonly [string, StringMethod])[] = [
  caseMethod('lower', LOWER),
  caseMethod('upper', UPPER),
  caseMethod('capitalize', capitalized),
  caseMethod('title', titled),
  caseMethod('swapcase', swapped),
];
