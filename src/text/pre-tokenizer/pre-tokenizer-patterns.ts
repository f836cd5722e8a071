// The patterns of the pre-tokenizers in pre-tokenizers.ts, from the tokenizer.json files of the models. llama.cpp replaces
// some of them, because the regular expressions of C++ do not support them, and merges classes of letters. The patterns
// here are the originals, which were used when the models were trained.
//
// \s and \S stand for the Unicode property. Node 20 lacks `(?i:...)`, so the patterns list both cases. Possessive
// quantifiers are replaced by greedy ones if both match the same text.

import { unicodeSpaces } from '../white-space.ts';
import { splitByPattern, splitDigits, type TextSplitter } from './split-text.ts';

const raw = String.raw;

/** A splitter whose pattern takes linear time on JavaScript's engine for any text. */
export interface PatternSplitter extends TextSplitter {
  readonly source: string;
}

// Compiles the pattern on its first use, because a process uses only one or two patterns.
function createPatternSplitter(source: string): PatternSplitter {
  let split: TextSplitter | undefined;
  const splitLazily: TextSplitter = (text) => {
    split ??= splitByPattern(new RegExp(unicodeSpaces(source), 'gu'));
    return split(text);
  };
  return Object.assign(splitLazily, { source });
}

// If case is ignored, the long s (U+017F) matches s.
const CONTRACTION = raw`'(?:[sS\u017f]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])`;
const SPACES = raw`\s+(?!\S)|\s+`;
const LINES = raw`\s*[\r\n]+|${SPACES}`;
const SYMBOLS = raw` ?[^\s\p{L}\p{N}]+[\r\n]*`;
// The ranges ! to /, : to @, [ to `, and { to ~.
const ASCII_PUNCTUATION = raw`[!-\/:-@\[-\x60\{-~]`;

/** The pattern of GPT-2, and of ByteLevel pre-tokenizers without a pattern. */
export const GPT2 = createPatternSplitter(
  raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|${SPACES}`,
);

const createWordPattern = (digits: string): string =>
  raw`${CONTRACTION}|[^\r\n\p{L}\p{N}]?\p{L}+|${digits}|${SYMBOLS}|${LINES}`;

export const LLAMA3 = createPatternSplitter(createWordPattern(raw`\p{N}{1,3}`));
export const QWEN2 = createPatternSplitter(createWordPattern(raw`\p{N}`));
export const MINICPM5 = createPatternSplitter(createWordPattern(raw`\p{N}+`));

export const QWEN35 = createPatternSplitter(
  raw`${CONTRACTION}|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|${LINES}`,
);

/** The pattern of Qwen2 without English contractions, so that Turkish suffixes are not split at the apostrophe. */
export const UFAKZEKA = createPatternSplitter(raw`[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|${SYMBOLS}|${LINES}`);

export const SEED_CODER = createPatternSplitter(
  raw`${CONTRACTION}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}\r\n]+|${LINES}`,
);

export const BAILING = createPatternSplitter(
  raw`${CONTRACTION}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|${SYMBOLS}|\s*[\r\n]|${SPACES}`,
);

/** Does not split words that are separated by single spaces. */
export const EXAONE_MOE = createPatternSplitter(
  raw`${CONTRACTION}|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}` +
    raw`| ?[^\s\p{L}\p{N}]+[\r\n\/]?|\s*[\r\n]|${SPACES}`,
);

/**
 * Splits a long run of white space into pieces whose lengths are powers of two. After such a piece the run contains no line
 * end; because of the lookbehind, the pattern does not search for one after each piece.
 */
export const JAIS2 = createPatternSplitter(
  raw`${CONTRACTION}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|${SYMBOLS}|(?<![^\S\r\n])\s*[\r\n]+` +
    [512, 256, 128, 64, 32, 16, 8, 4].map((length) => raw`|\s{${length}}(?!\S)`).join('') +
    raw`|\s{1,2}(?!\S)|\s`,
);

// Words by case (GPT-4o, Tekken): upper-case letters, then lower-case letters; letters without case count as both.
const UPPER = raw`\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}`;
const LOWER = raw`\p{Ll}\p{Lm}\p{Lo}\p{M}`;

const casedWords = (ending: string): string =>
  raw`[^\r\n\p{L}\p{N}]?[${UPPER}]*[${LOWER}]+${ending}|[^\r\n\p{L}\p{N}]?[${UPPER}]+[${LOWER}]*${ending}`;

const createCasedPattern = (ending: string, digits: string): string =>
  raw`${casedWords(ending)}|${digits}| ?[^\s\p{L}\p{N}]+[\r\n\/]*|${LINES}`;

export const TEKKEN = createPatternSplitter(createCasedPattern('', raw`\p{N}`));
export const GPT4O = createPatternSplitter(createCasedPattern(`(?:${CONTRACTION})?`, raw`\p{N}{1,3}`));
export const YOUTU_WORDS = createPatternSplitter(createCasedPattern(`(?:${CONTRACTION})?`, raw`\p{N}`));

const exceptHan = (letters: string): string => raw`(?:(?!\p{Script=Han})[${letters}])`;

export const KIMI_K2 = createPatternSplitter(
  raw`\p{Script=Han}+` +
    raw`|[^\r\n\p{L}\p{N}]?${exceptHan(UPPER)}*${exceptHan(LOWER)}+(?:${CONTRACTION})?` +
    raw`|[^\r\n\p{L}\p{N}]?${exceptHan(UPPER)}+${exceptHan(LOWER)}*(?:${CONTRACTION})?` +
    raw`|\p{N}{1,3}|${SYMBOLS}|${LINES}`,
);

const deepSeekWords = raw`${ASCII_PUNCTUATION}[A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+`;

export const DEEPSEEK3_WORDS = createPatternSplitter(raw`${deepSeekWords}| ?[\p{P}\p{S}]+[\r\n]*|${LINES}`);
export const SPARK_WORDS = createPatternSplitter(raw`${deepSeekWords}| ?[\p{P}\p{S}]+|[\r\n]|${SPACES}`);

export const LINE_ENDS = createPatternSplitter(raw`[\r\n]`);
export const RUNS_OF_LINES = createPatternSplitter(raw`[^\n]+|\n+`);
export const DIGIT = createPatternSplitter(raw`\p{N}`);
export const DIGITS = createPatternSplitter(raw`\p{N}+`);
export const THREE_DIGITS = createPatternSplitter(raw`\p{N}{1,3}`);
export const ASCII_THREE_DIGITS = createPatternSplitter('[0-9]{3}');

export const PUNCTUATION = createPatternSplitter(raw`[\p{P}$+<=>^~|]+`);
export const PUNCTUATION_AND_BACKTICK = createPatternSplitter(raw`[\p{P}$+<=>^~|\x60]+`);

export const SPACED_LETTERS = createPatternSplitter(raw`\s?\p{L}+`);
export const SPACED_PUNCTUATION = createPatternSplitter(raw`\s?\p{P}+`);
/** Matches symbols, also East Asian and full-width ones, and ASCII letters: the range from : to ~ contains them. */
export const SPACED_SYMBOLS = createPatternSplitter(
  raw`\s?[!-\/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+`,
);
// The cased letters of the original pattern, which follow an older version of Unicode and lack Armenian lower case.
const CASED_LETTERS =
  raw`A-Za-z\xb5\xc0-\xd6\xd8-\xf6\xf8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376\u0377` +
  raw`\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f` +
  raw`\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77` +
  raw`\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d` +
  raw`\u1f5f-\u1f7d\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb` +
  raw`\u1fe0-\u1fec\u1ff2-\u1ff4\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128` +
  raw`\u212a-\u212d\u212f-\u2134\u2139\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4` +
  raw`\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf` +
  raw`\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a\uff41-\uff5a\u{10400}-\u{1044f}\u{104b0}-\u{104d3}` +
  raw`\u{104d8}-\u{104fb}\u{10c80}-\u{10cb2}\u{10cc0}-\u{10cf2}\u{118a0}-\u{118df}\u{1e900}-\u{1e943}`;

export const SPACED_CASED_LETTERS = createPatternSplitter(raw`\s?[${CASED_LETTERS}]+`);

// Without the lookbehind, the pattern would be tried at each character of a long run.
export const SPACES_AT_END = createPatternSplitter(raw`(?<!\s)\s+$`);

/** Matches the characters from U+0800 to U+9FA5, and Hangul. */
export const EAST_ASIAN = createPatternSplitter(raw`[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+`);
/** Matches Chinese characters, Hiragana and Katakana. */
export const CHINESE_OR_KANA = createPatternSplitter(raw`[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+`);

export const YOUTU_SCRIPTS = createPatternSplitter(
  raw`[\uac00-\ud7a3\u3131-\u318e]+` +
    raw`|[\uff01\u2026\u201c\u201d\u2018\u2019\u2014\uff1a\uff1b\uff0c\u3001-\u303f\ufe30-\ufe4f]+` +
    raw`|[\u3105-\u312f]+|[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+`,
);

/** Matches scripts of East and South-East Asia. */
export const AFMOE_SCRIPTS = createPatternSplitter(
  raw`[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\u3040-\u309f\u30a0-\u30ff\uff65-\uff9f\u2f00-\u2fdf` +
    raw`\u0e40-\u0e7f\u0e80-\u0eff\u1780-\u17ff\u1000-\u109f\uaa60-\uaa7f\ua9e0-\ua9ff\uac00-\ud7af\u1100-\u11ff]+`,
);

/** Matches words with the space before them; sentence punctuation of several scripts is not part of words. */
export const BLOOM_WORDS = createPatternSplitter(
  raw` ?[^(\s|.,!?\u2026\u3002\uff0c\u3001\u0964\u06d4\u060c)]+`,
);

export const SENTINELS = createPatternSplitter('<sentinel:[0-9]+>');
export const IMAGE_TOKENS = createPatternSplitter('IMGIMG[A-I]{1,4}Z');
export const TABS_AND_INDENTS = createPatternSplitter(raw`[\t\n]|    |  `);
export const ONE_PUNCTUATION = createPatternSplitter(raw`[\p{P}!-\/:-@\[-\x60\{-~]`);

export const GROUPED_DIGITS = splitDigits({ run: /\p{N}+/gu, isIsolated: true });
export const GROUPS_WITHIN_DIGITS = splitDigits({ run: /\p{Nd}+/gu, isIsolated: false });
/** Splits only digits that no letter follows: 1234 into 1, 234, but not 1234th. */
export const GROUPED_DIGITS_OF_NUMBERS = splitDigits({
  run: /(?<!\p{Nd})\p{Nd}+(?![\p{N}\p{L}\p{M}\p{Pc}])/gu,
  isIsolated: true,
});
