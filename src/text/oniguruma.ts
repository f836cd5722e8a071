// Patterns of a tokenizer.json are written for Oniguruma; @huggingface/tokenizers translates them for
// JavaScript (white space, classes, possessive quantifiers, case-insensitive groups). That translation is all
// that Quire takes from the library: its BPE is in bpe.ts with the reasons, and its ByteLevel, Digits,
// Metaspace and StripAccents differ from the originals.

import * as library from '@huggingface/tokenizers';
import type { JsonValue } from '../base/tokenizer-data.ts';
import { badDefinition, isObject, unsupported } from './json-access.ts';

// The library's declarations lack file extensions, so TypeScript finds no exports in them.
interface SplitConstructor {
  new (config: object): { readonly pattern: RegExp | null };
}
const { SplitPreTokenizer } = library as unknown as { readonly SplitPreTokenizer: SplitConstructor };

/** The pattern of a `Split` or `Replace`: `{String}` literally, `{Regex}` translated; global. */
export function translatePattern(pattern: JsonValue | undefined): RegExp {
  const named =
    isObject(pattern) && (typeof pattern.String === 'string' || typeof pattern.Regex === 'string');
  if (!named) throw unsupported('a pattern that is neither String nor Regex');
  try {
    const translated = new SplitPreTokenizer({ type: 'Split', pattern, behavior: 'Isolated', invert: true });
    if (translated.pattern !== null) return translated.pattern;
  } catch (error) {
    throw badDefinition(`a pattern is not understood (${error instanceof Error ? error.message : 'error'})`);
  }
  throw unsupported('an empty pattern');
}
