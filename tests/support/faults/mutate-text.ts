// Changes texts of a formal language at random: parts are removed, repeated, or replaced by words of the language and parts
// of other texts. The results resemble the language enough to pass the first checks. The same random numbers cause the same
// changes.

import { randomInteger } from '../random.ts';

export interface TextMutator {
  /** the texts that are changed */
  readonly seeds: readonly string[];
  /** words of the language that are inserted */
  readonly words: readonly string[];
  /** maximum length of a changed text, in UTF-16 code units */
  readonly maxLength?: number;
}

const MAX_LENGTH = 20_000;

/** Returns a random seed with one to five changes. */
export function mutateText(
  { seeds, words, maxLength = MAX_LENGTH }: TextMutator,
  random: () => number,
): string {
  let text = pick(seeds, random);
  for (let changes = 1 + randomInteger(random, 5); changes > 0; changes--) {
    const start = randomInteger(random, text.length + 1);
    const end = Math.min(text.length, start + randomInteger(random, random() < 0.7 ? 12 : 400));
    text =
      text.slice(0, start) + replacementFor(text.slice(start, end), seeds, words, random) + text.slice(end);
  }
  return text.slice(0, maxLength);
}

function replacementFor(
  part: string,
  seeds: readonly string[],
  words: readonly string[],
  random: () => number,
): string {
  switch (randomInteger(random, 6)) {
    case 0:
      return '';
    case 1:
      return part.repeat(2 + randomInteger(random, 30));
    case 2: {
      const other = pick(seeds, random);
      const start = randomInteger(random, other.length);
      return other.slice(start, start + randomInteger(random, 200));
    }
    case 3:
      return part + pick(words, random);
    case 4:
      return String.fromCharCode(randomInteger(random, random() < 0.5 ? 128 : 0x10000));
    default:
      return pick(words, random);
  }
}

const pick = <T>(list: readonly T[], random: () => number): T =>
  list[randomInteger(random, list.length)] as T;
