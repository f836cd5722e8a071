// Patterns of a tokenizer.json are written for Oniguruma; @huggingface/tokenizers translates them for
// JavaScript (white space, classes, possessive quantifiers, case-insensitive groups). That translation is all
// that Quire takes from the library: its BPE is in bpe.ts with the reasons, and its ByteLevel, Digits,
// Metaspace and StripAccents differ from the originals.

import * as library from '@huggingface/tokenizers';
import type { JsonObject, JsonValue } from '../base/tokenizer-data.ts';
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
    if (translated.pattern !== null) return foldCases(pattern, translated.pattern);
  } catch (error) {
    throw badDefinition(`a pattern is not understood (${error instanceof Error ? error.message : 'error'})`);
  }
  throw unsupported('an empty pattern');
}

// Ignoring case, the long s is an s and the Kelvin sign a k; the translation spells out ASCII's cases only.
function foldCases(pattern: JsonObject, translated: RegExp): RegExp {
  if (typeof pattern.Regex !== 'string' || !pattern.Regex.includes('(?i:')) return translated;
  const source = translated.source.replace(/\[([A-Za-z]+)\]/g, (_, letters: string) => {
    const longS = letters.includes('s') && letters.includes('S') ? '\\u017f' : '';
    const kelvin = letters.includes('k') && letters.includes('K') ? '\\u212a' : '';
    return `[${letters}${longS}${kelvin}]`;
  });
  return new RegExp(source, translated.flags);
}
