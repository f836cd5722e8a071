// Which tokens must not come next, given those that stand there. Bad sequences are those of transformers'
// NoBadWordsLogitsProcessor: the last token of one is forbidden where the others stand right before it, in the
// prompt too.

import type { SamplingParameters } from './parameters.ts';

/** Tokens of prompt and answer so far. */
export interface SampledSequence {
  readonly tokens: Int32Array;
  readonly promptLength: number;
}

/** By reason; a token may be forbidden for several. */
export interface ForbiddenTokens {
  /** ids that `logitBias` forbids by -Infinity */
  readonly byBias: readonly number[];
  /** ids that would complete a bad word or a bad sequence */
  readonly byBadWords: readonly number[];
  /** ids that would end the answer before its least number of tokens */
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

/** Those that are forbidden because of what stands right before them, or for as long as the answer is short. */
export function forbiddenForOneRow(
  parameters: SamplingParameters,
  sequence: SampledSequence,
): ReadonlySet<number> {
  const { badTokens, minTokens } = parameters;
  if (badTokens.length === 0 && minTokens === 0) return NONE;
  return new Set([...byBadWords(parameters, sequence), ...byMinTokens(parameters, sequence)]);
}

const NONE: ReadonlySet<number> = new Set();

function byBadWords({ badTokens }: SamplingParameters, { tokens }: SampledSequence): number[] {
  const oneShort = badTokens.filter((bad) => endsWith(tokens, bad, bad.length - 1));
  return oneShort.map((bad) => bad.at(-1)!);
}

function byMinTokens(
  { minTokens, stopTokens }: SamplingParameters,
  { tokens, promptLength }: SampledSequence,
): number[] {
  return tokens.length - promptLength < minTokens ? [...stopTokens] : [];
}

// Whether `tokens` end with the first `count` ids of `sequence`.
function endsWith(tokens: Int32Array, sequence: readonly number[], count: number): boolean {
  const start = tokens.length - count;
  for (let i = 0; i < count; i++) if (tokens[start + i] !== sequence[i]) return false;
  return true;
}
