// Methods of texts that change letters. Guard marks have no case and stay where they are.

import type { Steps } from '../../../base/steps.ts';
import { TextBuilder } from '../../string-builder.ts';
import { begin } from '../paused.ts';
import { bindPlaces } from '../values/arguments.ts';
import type { Run } from '../values/values.ts';
import type { MarkedText } from './marked-strings.ts';
import type { TextMethod } from './string-method.ts';

/** What is done to each part of a text, in order; it may remember what came before. */
export type Casing = (marked: MarkedText) => (part: string) => string;

const changed = (name: string, change: Casing): readonly [string, TextMethod] => [
  name,
  (text, given, run) => {
    bindPlaces(name, [], given);
    return begin(casedText(text, change, run));
  },
];

export function* casedText(text: string, change: Casing, run: Run): Steps<string> {
  const each = change(run.marked);
  const out = new TextBuilder();
  // A sigma at the end of a word looks at its neighbours.
  const parts = text.includes('\u03a3') ? [text] : run.marked.parts(text);
  for (const part of parts) {
    run.budget.text(part.length);
    out.add(each(part));
    if (run.budget.due()) yield;
  }
  return out.build();
}

export const lowered = (text: string): string => text.toLowerCase();

export const LOWER: Casing = () => lowered;
export const UPPER: Casing = () => (part) => part.toUpperCase();

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
export const capitalized: Casing = (marked) => {
  let started = false;
  return (part) => {
    if (started) return part.toLowerCase();
    started = true;
    const [first = '', ...rest] = marked.characters(part);
    return titleCase(first, marked) + rest.join('').toLowerCase();
  };
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
const titled: Casing = (marked) => {
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

/** A letter that has a case. */
export const CASED = /[\p{Uppercase}\p{Lowercase}\p{Lt}]/u;

const swapped: Casing = (marked) => (part) =>
  marked
    .characters(part)
    .map((character, at, characters) =>
      /\p{Uppercase}/u.test(character) ? lowerAt(characters, at, marked) : character.toUpperCase(),
    )
    .join('');

export const CASING: readonly (readonly [string, TextMethod])[] = [
  changed('lower', LOWER),
  changed('upper', UPPER),
  changed('capitalize', capitalized),
  changed('title', titled),
  changed('swapcase', swapped),
];
