// Changes texts of a formal language: pieces are repeated, removed, moved and replaced by words of the language, so that
// mutants resemble the language enough to pass the first checks. Repeatable.

import { randomInteger } from '../random.ts';

export interface TextMutator {
  readonly seeds: readonly string[];
  /** words of the language that are inserted */
  readonly words: readonly string[];
  /** the longest mutant, in code units */
  readonly longest?: number;
}

const LONGEST = 20_000;

export function mutateText({ seeds, words, longest = LONGEST }: TextMutator, random: () => number): string {
  let text = pick(seeds, random);
  for (let changes = 1 + randomInteger(random, 5); changes > 0; changes--) {
    const start = randomInteger(random, text.length + 1);
    const end = Math.min(text.length, start + randomInteger(random, random() < 0.7 ? 12 : 400));
    text = text.slice(0, start) + replacement(text.slice(start, end), seeds, words, random) + text.slice(end);
  }
  return text.slice(0, longest);
}

function replacement(
  piece: string,
  seeds: readonly string[],
  words: readonly string[],
  random: () => number,
): string {
  switch (randomInteger(random, 6)) {
    case 0:
      return '';
    case 1:
      return piece.repeat(2 + randomInteger(random, 30));
    case 2: {
      const other = pick(seeds, random);
      const from = randomInteger(random, other.length);
      return other.slice(from, from + randomInteger(random, 200));
    }
    case 3:
      return piece + pick(words, random);
    case 4:
      return String.fromCharCode(randomInteger(random, random() < 0.5 ? 128 : 0x10000));
    default:
      return pick(words, random);
  }
}

const pick = <T>(list: readonly T[], random: () => number): T =>
  list[randomInteger(random, list.length)] as T;
