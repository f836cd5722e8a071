// The patterns that most tokenizer.json have, as they are written there for Oniguruma, with the same for JavaScript's
// engine. They are the same to the character: known-patterns.test.ts compares them.

import * as cuts from '../pre-tokenizer/pre-tokenizer-patterns.ts';
import { unicodeSpaces } from '../white-space.ts';

const raw = String.raw;

const CONTRACTION = raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)`;
const LINES = raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const LETTERS = raw`[^\r\n\p{L}\p{N}]?\p{L}+`;
const SYMBOLS = raw` ?[^\s\p{L}\p{N}]+[\r\n]*`;
const UPPER = raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const LOWER = raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;

const cased = (ending: string, digits: string): string =>
  raw`[^\r\n\p{L}\p{N}]?${UPPER}*${LOWER}+${ending}|[^\r\n\p{L}\p{N}]?${UPPER}+${LOWER}*${ending}` +
  raw`|${digits}| ?[^\s\p{L}\p{N}]+[\r\n/]*|${LINES}`;

/** Sources of the cuts, by what stands in the file. */
export const KNOWN_SOURCES: ReadonlyMap<string, cuts.PatternCut> = new Map([
  [raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, cuts.GPT2],
  [raw`${CONTRACTION}|${LETTERS}|\p{N}{1,3}|${SYMBOLS}|${LINES}`, cuts.LLAMA3],
  [raw`${CONTRACTION}|${LETTERS}|\p{N}|${SYMBOLS}|${LINES}`, cuts.QWEN2],
  [cased('', raw`\p{N}`), cuts.TEKKEN],
  [cased(`${CONTRACTION}?`, raw`\p{N}{1,3}`), cuts.GPT4O],
  [raw`\p{N}{1,3}`, cuts.THREE_DIGITS],
  [raw`[一-龥぀-ゟ゠-ヿ]+`, cuts.CHINESE_OR_KANA],
  [
    raw`[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_` +
      '`' +
      raw`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|${LINES}`,
    cuts.DEEPSEEK3_WORDS,
  ],
]);

/** The pattern for JavaScript's engine; undefined where it is not one of them. */
export function knownPattern(source: string): RegExp | undefined {
  const known = KNOWN_SOURCES.get(source);
  return known === undefined ? undefined : new RegExp(unicodeSpaces(known.source), 'gu');
}
