// The patterns of a tokenizer.json: a string, or a regular expression in Oniguruma syntax. Because files are untrusted,
// expressions run on an engine with guaranteed linear time (pattern/matcher.ts). The few expressions that most models use
// run on JavaScript's engine, which is faster and takes linear time for them (known-patterns.ts).

import type { JsonValue } from '../../base/model/tokenizer-data.ts';
import { findMatches } from '../pattern/matcher.ts';
import { parsePattern } from '../pattern/parser.ts';
import { PatternError } from '../pattern/pattern-error.ts';
import { compilePattern } from '../pattern/program.ts';
import { type FindMatches, findNativeMatches } from '../pre-tokenizer/split-text.ts';
import { badDefinitionError, isObject, unsupportedError } from './json-access.ts';
import { findKnownPattern } from './known-patterns.ts';

/** Compiles the pattern of a `Split` or `Replace`: `{String}`, matched literally, or `{Regex}`. */
export function readPattern(pattern: JsonValue | undefined): FindMatches {
  if (isObject(pattern) && typeof pattern.String === 'string') {
    const { String: literal } = pattern;
    if (literal === '') throw unsupportedError('an empty pattern');
    return (text) => findOccurrences(literal, text);
  }
  if (!isObject(pattern) || typeof pattern.Regex !== 'string') {
    throw unsupportedError('a pattern that is neither String nor Regex');
  }
  const { Regex: source } = pattern;
  const knownPattern = findKnownPattern(source);
  if (knownPattern !== undefined) return (text) => findNativeMatches(knownPattern, text);
  try {
    const program = compilePattern(parsePattern(source));
    return (text) => findMatches(program, text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    const quotedSource = JSON.stringify(source.length > 80 ? `${source.slice(0, 80)}...` : source);
    if (error.unsupported) throw unsupportedError(`${error.message} in the pattern ${quotedSource}`);
    throw badDefinitionError(`the pattern ${quotedSource} is not valid (${error.message})`);
  }
}

function* findOccurrences(literal: string, text: string): Generator<readonly [number, number]> {
  for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + literal.length)) {
    yield [at, at + literal.length];
  }
}
