// Returns the tokens that must not be chosen next. Bad sequences have the same effect as with NoBadWordsLogitsProcessor of
// transformers: the last token of a sequence is forbidden if the text, including the prompt, ends with the other tokens of
// the sequence.

import type { SamplingParameters } from './parameters.ts';

/** The tokens of the prompt and of the answer so far. */
export interface SampledSequence {
  readonly tokens: Int32Array;
  readonly promptLength: number;
}

/** Forbidden token ids by reason. An id can be forbidden for several reasons. */
export interface ForbiddenTokens {
  /** ids whose `logitBias` is -Infinity */
  readonly byBias: readonly number[];
  /** ids that would complete a bad word or a bad sequence */
  readonly byBadWords: readonly number[];
  /** ids that would end the answer before `minTokens` */
  readonly byMinTokens: readonly number[];
}

/** Returns all ids that are forbidden after `sequence`. */
export function forbiddenTokens(parameters: SamplingParameters, sequence: SampledSequence): ForbiddenTokens {
  const forbidden = [...parameters.logitBias].filter(([, bias]) => bias === Number.NEGATIVE_INFINITY);
  return {
    byBias: forbidden.map(([token]) => token),
    byBadWords: byBadWords(parameters, sequence),
    byMinTokens: byMinTokens(parameters, sequence),
  };
}

/** Returns the ids that bad sequences or `minTokens` forbid for the next token only. */
export function forbiddenForNextToken(
  parameters: SamplingParameters,
  sequence: SampledSequence,
): ReadonlySet<number> {
  const { badTokens, minTokens } = parameters;
  if (badTokens.length === 0 && minTokens === 0) return NO_TOKENS;
  return new Set([...byBadWords(parameters, sequence), ...byMinTokens(parameters, sequence)]);
}

const NO_TOKENS: ReadonlySet<number> = new Set();

function byBadWords({ badTokens }: SamplingParameters, { tokens }: SampledSequence): number[] {
  const completedByNext = badTokens.filter((bad) => endsWithStart(tokens, bad, bad.length - 1));
  return completedByNext.map((bad) => bad.at(-1)!);
}

function byMinTokens(
  { minTokens, stopTokens }: SamplingParameters,
  { tokens, promptLength }: SampledSequence,
): number[] {
  return tokens.length - promptLength < minTokens ? [...stopTokens] : [];
}

// Returns whether `tokens` ends with the first `count` ids of `sequence`.
function endsWithStart(tokens: Int32Array, sequence: readonly number[], count: number): boolean {
  const start = tokens.length - count;
  for (let i = 0; i < count; i++) if (tokens[start + i] !== sequence[i]) return false;
  return true;
}
