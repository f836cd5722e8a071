// Methods of texts that change letters. Guard marks have no case and stay where they are.

import { bindPlaces } from './arguments.ts';
import type { MarkedText } from './marked-text.ts';
import type { Run } from './run.ts';
import type { TextMethod } from './text-members.ts';

const changed = (
  name: string,
  change: (text: string, marked: MarkedText) => string,
): readonly [string, TextMethod] => [
  name,
  (text, given, run) => {
    bindPlaces(name, [], given);
    return casedText(text, change, run);
  },
];

export function casedText(
  text: string,
  change: (text: string, marked: MarkedText) => string,
  run: Run,
): string {
  run.budget.text(text.length);
  return change(text, run.marked);
}

// JavaScript's way with a sigma at the end of a word is Python's too; a mark after it would hide the end.
export const lowered = (text: string): string => text.toLowerCase();

export const raised = (text: string): string => text.toUpperCase();

// The letter at a word's beginning: one of two parts gets the form for titles ("ǆ" -> "ǅ", "ß" -> "Ss").
const TITLES: ReadonlyMap<string, string> = new Map(
  ['ǆǅ', 'Ǆǅ', 'ǅǅ', 'ǉǈ', 'Ǉǈ', 'ǈǈ', 'ǌǋ', 'Ǌǋ', 'ǋǋ', 'ǳǲ', 'Ǳǲ', 'ǲǲ'].map(([from = '', to = '']) => [
    from,
    to,
  ]),
);

function titleCase(character: string, marked: MarkedText): string {
  const title = TITLES.get(marked.clean(character));
  if (title !== undefined) return character.replace(marked.clean(character), title);
  const upper = character.toUpperCase();
  const clean = marked.clean(upper);
  if (clean.length <= marked.clean(character).length) return upper;
  const [first = '', ...others] = Array.from(clean);
  return upper.replace(clean, first + others.join('').toLowerCase());
}

/** The first letter large, the others small. */
export const capitalized = (text: string, marked: MarkedText): string => {
  const [first = '', ...rest] = marked.characters(text);
  return titleCase(first, marked) + rest.join('').toLowerCase();
};

// Characters around a sigma that say whether it ends a word.
const AROUND = 32;

/** One of the characters in its small form, which a sigma has two of. */
function lowerAt(characters: readonly string[], at: number, marked: MarkedText): string {
  const character = characters[at] ?? '';
  if (!character.includes('Σ')) return character.toLowerCase();
  const before = marked.clean(characters.slice(Math.max(0, at - AROUND), at).join(''));
  const after = marked.clean(characters.slice(at + 1, at + 1 + AROUND).join(''));
  const small = `${before}Σ${after}`.toLowerCase().charAt(before.toLowerCase().length);
  return character.replace('Σ', small);
}

/** Each letter after what is none is large, the others are small. */
const titled = (text: string, marked: MarkedText): string => {
  let after = false;
  return marked
    .characters(text)
    .map((character, at, characters) => {
      const within = after;
      after = CASED.test(marked.clean(character));
      return within ? lowerAt(characters, at, marked) : titleCase(character, marked);
    })
    .join('');
};

export const CASED = /[\p{Uppercase}\p{Lowercase}\p{Lt}]/u;

const swapped = (text: string, marked: MarkedText): string =>
  marked
    .characters(text)
    .map((character, at, characters) =>
      /\p{Uppercase}/u.test(character) ? lowerAt(characters, at, marked) : character.toUpperCase(),
    )
    .join('');

export const CASING: readonly (readonly [string, TextMethod])[] = [
  changed('lower', lowered),
  changed('upper', raised),
  changed('capitalize', capitalized),
  changed('title', titled),
  changed('swapcase', swapped),
];
