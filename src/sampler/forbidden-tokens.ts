// Which tokens must not come next. Bad sequences work as in transformers' NoBadWordsLogitsProcessor: the last token
// of a bad sequence is forbidden where its other tokens directly precede, in the prompt too.

import type { SamplingParameters } from './parameters.ts';

/** The tokens of prompt and answer so far. */
export interface SampledSequence {
  readonly tokens: Int32Array;
  readonly promptLength: number;
}

/** Forbidden token ids by reason; an id may be forbidden for several reasons. */
export interface ForbiddenTokens {
  /** ids that `logitBias` forbids by -Infinity */
  readonly byBias: readonly number[];
  /** ids that would complete a bad word or a bad sequence */
  readonly byBadWords: readonly number[];
  /** ids that would end the answer before `minTokens` */
  readonly byMinTokens: readonly number[];
}

export function forbiddenTokens(parameters: SamplingParameters, sequence: SampledSequence): ForbiddenTokens {
  const banned = [...parameters.logitBias].filter(([, bias]) => bias === Number.NEGATIVE_INFINITY);
  return {
    byBias: banned.map(([token]) => token),
    byBadWords: byBadWords(parameters, sequence),
    byMinTokens: byMinTokens(parameters, sequence),
  };
}

/** Returns the ids that are forbidden for the next row only: by bad sequences or by `minTokens`. */
export function forbiddenForOneRow(
  parameters: SamplingParameters,
  sequence: SampledSequence,
): ReadonlySet<number> {
  const { badTokens, minTokens } = parameters;
  if (badTokens.length === 0 && minTokens === 0) return NO_TOKENS;
  return new Set([...byBadWords(parameters, sequence), ...byMinTokens(parameters, sequence)]);
}

const NO_TOKENS: ReadonlySet<number> = new Set();

function byBadWords({ badTokens }: SamplingParameters, { tokens }: SampledSequence): number[] {
  const nearlyComplete = badTokens.filter((bad) => endsWith(tokens, bad, bad.length - 1));
  return nearlyComplete.map((bad) => bad.at(-1)!);
}

function byMinTokens(
  { minTokens, stopTokens }: SamplingParameters,
  { tokens, promptLength }: SampledSequence,
): number[] {
  return tokens.length - promptLength < minTokens ? [...stopTokens] : [];
}

// Returns whether `tokens` end with the first `count` ids of `sequence`.
function endsWith(tokens: Int32Array, sequence: readonly number[], count: number): boolean {
  const start = tokens.length - count;
  for (let i = 0; i < count; i++) if (tokens[start + i] !== sequence[i]) return false;
  return true;
}
