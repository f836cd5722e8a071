// The patterns of most tokenizer.json files, in Oniguruma syntax, with the equivalents for JavaScript's engine.
// known-patterns.test.ts checks that both have the same matches.

import * as patterns from '../pre-tokenizer/pre-tokenizer-patterns.ts';
import { unicodeSpaces } from '../white-space.ts';

const raw = String.raw;

const CONTRACTION = raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)`;
const LINES = raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const LETTERS = raw`[^\r\n\p{L}\p{N}]?\p{L}+`;
const SYMBOLS = raw` ?[^\s\p{L}\p{N}]+[\r\n]*`;
const UPPER = raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const LOWER = raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;

const createCasedPattern = (ending: string, digits: string): string =>
  raw`[^\r\n\p{L}\p{N}]?${UPPER}*${LOWER}+${ending}|[^\r\n\p{L}\p{N}]?${UPPER}+${LOWER}*${ending}` +
  raw`|${digits}| ?[^\s\p{L}\p{N}]+[\r\n/]*|${LINES}`;

/** Splitters by the source of the pattern in tokenizer.json. */
export const KNOWN_PATTERNS: ReadonlyMap<string, patterns.PatternSplitter> = new Map([
  [raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, patterns.GPT2],
  [raw`${CONTRACTION}|${LETTERS}|\p{N}{1,3}|${SYMBOLS}|${LINES}`, patterns.LLAMA3],
  [raw`${CONTRACTION}|${LETTERS}|\p{N}|${SYMBOLS}|${LINES}`, patterns.QWEN2],
  [createCasedPattern('', raw`\p{N}`), patterns.TEKKEN],
  [createCasedPattern(`${CONTRACTION}?`, raw`\p{N}{1,3}`), patterns.GPT4O],
  [raw`\p{N}{1,3}`, patterns.THREE_DIGITS],
  [raw`[一-龥぀-ゟ゠-ヿ]+`, patterns.CHINESE_OR_KANA],
  [
    raw`[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_` +
      '`' +
      raw`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|${LINES}`,
    patterns.DEEPSEEK3_WORDS,
  ],
]);

/** Returns the pattern for JavaScript's engine, or undefined if the source is unknown. */
export function findKnownPattern(source: string): RegExp | undefined {
  const splitter = KNOWN_PATTERNS.get(source);
  return splitter === undefined ? undefined : new RegExp(unicodeSpaces(splitter.source), 'gu');
}
