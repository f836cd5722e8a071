// Computes the frequencies of a rotary embedding. All kinds of scaling are applied here, so that backends only use the
// frequencies and one factor. Values are rounded to f32 at the same points as in transformers, because models were trained
// with these angles.

import { exactLog, exactPower } from '../base/exact-math.ts';
import type { RopeConfig, RopeLayout, RopeScaling } from '../base/model/model-file.ts';

export interface RopeTable {
  readonly layout: RopeLayout;
  /** number of elements of each head that are rotated, from the first element on */
  readonly dim: number;
  /** [dim / 2]; the angle of a position is position * frequency, in f32 */
  readonly frequencies: readonly number[];
  /** factor of cosine and sine */
  readonly magnitude: number;
}

/**
 * Returns the table of a rotary embedding.
 * @param contextLength maximum length of a sequence, in tokens
 */
export function ropeTable(rope: RopeConfig, contextLength: number): RopeTable {
  const { layout, dim, scaling, factors } = rope;
  const frequencies = scaledFrequencies(rope, scaling, contextLength).map((frequency, i) =>
    Math.fround(frequency / (factors?.[i] ?? 1)),
  );
  const magnitude = scaling !== undefined && 'attentionFactor' in scaling ? scaling.attentionFactor : 1;
  return { layout, dim, frequencies, magnitude };
}

function scaledFrequencies(
  rope: RopeConfig,
  scaling: RopeScaling | undefined,
  contextLength: number,
): number[] {
  const unscaled = unscaledFrequencies(rope.theta, rope.dim);
  switch (scaling?.kind) {
    case undefined:
      return unscaled;
    case 'linear':
      return unscaled.map((frequency) => frequency / scaling.factor);
    case 'dynamic':
      return unscaledFrequencies(dynamicTheta(rope, scaling, contextLength), rope.dim);
    case 'llama3':
      return unscaled.map((frequency) => llama3Frequency(frequency, scaling));
    case 'yarn':
      return yarnFrequencies(rope, scaling, unscaled);
    case 'longrope':
      return longRopeFrequencies(rope, scaling, contextLength);
  }
}

/** theta^(2i / dim), in f32. [dim / 2] */
const periods = (theta: number, dim: number): number[] =>
  Array.from({ length: dim / 2 }, (_, i) => Math.fround(exactPower(theta, Math.fround((2 * i) / dim))));

/** theta^(-2i / dim), in f32. [dim / 2] */
const unscaledFrequencies = (theta: number, dim: number): number[] =>
  periods(theta, dim).map((period) => Math.fround(1 / period));

// NTK-aware scaling (bloc97 and emozilla 2023). transformers computes the base again when a sequence grows beyond the trained
// context, so that the key of a token depends on later tokens. Here, the base is computed once, for the maximum length of a
// sequence. Frequencies are not scaled if this length is at most the trained context.
function dynamicTheta(
  { theta, dim }: RopeConfig,
  { factor, originalContext }: Extract<RopeScaling, { kind: 'dynamic' }>,
  contextLength: number,
): number {
  const stretch = (factor * Math.max(contextLength, originalContext)) / originalContext - (factor - 1);
  return theta * exactPower(stretch, dim / (dim - 2));
}

type Llama3Scaling = Extract<RopeScaling, { kind: 'llama3' }>;

// Llama 3.1: low frequencies are divided by the factor, high frequencies are unchanged, and those between are interpolated.
function llama3Frequency(frequency: number, scaling: Llama3Scaling): number {
  const { factor, originalContext } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  const share = llama3OriginalShare(originalContext / wavelength, scaling);
  return ((1 - share) * frequency) / factor + share * frequency;
}

/**
 * Returns the weight of the original frequency in the interpolation: 0 if the frequency is divided by the factor, 1 if it is
 * unchanged.
 * @param rotations number of full rotations of the pair within the original context
 */
export function llama3OriginalShare(
  rotations: number,
  { lowFrequencyFactor: low, highFrequencyFactor: high }: Llama3Scaling,
): number {
  if (rotations < low) return 0;
  if (rotations > high) return 1;
  return (rotations - low) / (high - low);
}

// YaRN (Peng et al. 2023): the frequencies of fast pairs are unchanged, those of slow pairs are divided by the factor, and
// those of the pairs between are interpolated linearly.
function yarnFrequencies(
  { theta, dim }: RopeConfig,
  scaling: Extract<RopeScaling, { kind: 'yarn' }>,
  unscaled: readonly number[],
): number[] {
  const { factor, originalContext, betaFast, betaSlow, truncate } = scaling;
  const pairWithRotations = (rotations: number): number =>
    (dim * exactLog(originalContext / (rotations * 2 * Math.PI))) / (2 * exactLog(theta));
  const fast = pairWithRotations(betaFast);
  const slow = pairWithRotations(betaSlow);
  const from = Math.max(truncate ? Math.floor(fast) : fast, 0);
  const to = Math.min(truncate ? Math.ceil(slow) : slow, dim - 1);
  const width = to === from ? 0.001 : to - from;
  return unscaled.map((frequency, i) => {
    const share = Math.min(1, Math.max(0, (i - from) / width));
    return (frequency / factor) * share + frequency * (1 - share);
  });
}

// LongRoPE (Ding et al. 2024): each frequency has a divisor, from one list up to the context length of the training and from another
// list beyond it. transformers changes the list when a sequence grows beyond this length, so that the keys computed before are wrong.
// Here, as in llama.cpp, the maximum length of a sequence selects the list.
function longRopeFrequencies(
  { theta, dim }: RopeConfig,
  { originalContext, shortFactors, longFactors }: Extract<RopeScaling, { kind: 'longrope' }>,
  contextLength: number,
): number[] {
  const factors = contextLength > originalContext ? longFactors : shortFactors;
  return periods(theta, dim).map((period, i) =>
    Math.fround(1 / Math.fround(Math.fround(factors[i]!) * period)),
  );
}
