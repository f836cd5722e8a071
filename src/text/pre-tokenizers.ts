// How a text is cut into words before byte-pair encoding, by the name that a GGUF gives it. A merge never
// crosses a cut, so a wrong pattern gives wrong ids: an unknown name is refused.

import { QuireError } from '../base/errors.ts';

// JavaScript's \s counts U+FEFF and lacks U+0085; the tokenizers mean the Unicode property.
const SPACE = '\\p{White_Space}';
const NOT_SPACE = '\\P{White_Space}';

/** The pattern of GPT-2, and of every ByteLevel pre-tokenizer that names none. */
export const GPT2_PATTERN = new RegExp(
  `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${SPACE}\\p{L}\\p{N}]+|${SPACE}+(?!${NOT_SPACE})|${SPACE}+`,
  'gu',
);

// Inline (?i:...) needs a newer JavaScript than Node 20's, so both cases are spelled out.
const QWEN2_PATTERN = new RegExp(
  `'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|` +
    ` ?[^${SPACE}\\p{L}\\p{N}]+[\\r\\n]*|${SPACE}*[\\r\\n]+|${SPACE}+(?!${NOT_SPACE})|${SPACE}+`,
  'gu',
);

const PATTERNS: Readonly<Record<string, RegExp>> = {
  'gpt-2': GPT2_PATTERN,
  // Written by converters that know no better name, for models that tokenize as GPT-2 does.
  default: GPT2_PATTERN,
  qwen2: QWEN2_PATTERN,
};

/** Names that {@link patternOf} knows. */
export const preTokenizerNames: readonly string[] = Object.keys(PATTERNS);

/** The pattern whose matches are the words; throws `unsupported_tokenizer` for a name not known. */
export function patternOf(name: string): RegExp {
  const pattern = Object.hasOwn(PATTERNS, name) ? PATTERNS[name] : undefined;
  if (pattern !== undefined) return pattern;
  const hint = `use a model of ${preTokenizerNames.join(', ')}, or its Hugging Face folder`;
  throw new QuireError('unsupported_tokenizer', `pre-tokenizer ${name} is not supported`, hint);
}
