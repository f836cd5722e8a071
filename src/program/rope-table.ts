// The angles of rotary embedding as numbers: what kinds of scaling mean ends here, so that a backend needs only
// frequencies and one factor. Everything is rounded to f32 where transformers rounds, because checkpoints
// were trained with those angles.

import type { RopeConfig, RopeLayout, RopeScaling } from '../base/model/model-file.ts';

export interface RopeTable {
  readonly layout: RopeLayout;
  /** leading elements of each head that turn */
  readonly dim: number;
  /** angle for each position: position times this, in f32. [dim / 2] */
  readonly frequencies: readonly number[];
  /** multiplies cosine and sine */
  readonly magnitude: number;
}

/** @param contextLength longest sequence, in tokens */
export function ropeTable(rope: RopeConfig, contextLength: number): RopeTable {
  const { layout, dim, scaling, factors } = rope;
  const frequencies = scaled(rope, scaling, contextLength).map((frequency, i) =>
    Math.fround(frequency / (factors?.[i] ?? 1)),
  );
  return { layout, dim, frequencies, magnitude: scaling?.kind === 'yarn' ? scaling.attentionFactor : 1 };
}

function scaled(rope: RopeConfig, scaling: RopeScaling | undefined, contextLength: number): number[] {
  const plain = plainFrequencies(rope.theta, rope.dim);
  switch (scaling?.kind) {
    case undefined:
      return plain;
    case 'linear':
      return plain.map((frequency) => frequency / scaling.factor);
    case 'dynamic':
      return plainFrequencies(dynamicTheta(rope, scaling, contextLength), rope.dim);
    case 'llama3':
      return plain.map((frequency) => llama3(frequency, scaling));
    case 'yarn':
      return yarn(rope, scaling, plain);
  }
}

/** theta^(-2i / dim), in f32. [dim / 2] */
function plainFrequencies(theta: number, dim: number): number[] {
  return Array.from({ length: dim / 2 }, (_, i) =>
    Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / dim))),
  );
}

// NTK-aware scaling (bloc97 and emozilla 2023). transformers takes a new base whenever a text grows beyond the
// trained context, so that a token's key would depend on tokens after it. Here the base is taken once, for
// the longest text that the engine serves: within the trained context nothing is scaled.
function dynamicTheta(
  { theta, dim }: RopeConfig,
  { factor, originalContext }: Extract<RopeScaling, { kind: 'dynamic' }>,
  contextLength: number,
): number {
  const stretch = (factor * Math.max(contextLength, originalContext)) / originalContext - (factor - 1);
  return theta * stretch ** (dim / (dim - 2));
}

type Llama3Scaling = Extract<RopeScaling, { kind: 'llama3' }>;

// Llama 3.1: low frequencies are divided by the factor, high ones are unchanged, those between are blended.
function llama3(frequency: number, scaling: Llama3Scaling): number {
  const { factor, originalContext } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  const share = llama3Share(originalContext / wavelength, scaling);
  return ((1 - share) * frequency) / factor + share * frequency;
}

/**
 * Returns the share of the original frequency in the blend for a pair: 0 where it is divided by the factor, 1 where it is
 * unchanged.
 * @param rotations full rotations of the pair within the original context
 */
export function llama3Share(
  rotations: number,
  { lowFrequencyFactor: low, highFrequencyFactor: high }: Llama3Scaling,
): number {
  if (rotations < low) return 0;
  if (rotations > high) return 1;
  return (rotations - low) / (high - low);
}

// YaRN (Peng et al. 2023): pairs that turn often keep their frequency, pairs that turn seldom are slowed by the
// factor, and a ramp over the pairs between blends the two.
function yarn(
  { theta, dim }: RopeConfig,
  scaling: Extract<RopeScaling, { kind: 'yarn' }>,
  plain: readonly number[],
): number[] {
  const { factor, originalContext, betaFast, betaSlow, truncate } = scaling;
  const pairOfTurns = (turns: number): number =>
    (dim * Math.log(originalContext / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const fast = pairOfTurns(betaFast);
  const slow = pairOfTurns(betaSlow);
  const from = Math.max(truncate ? Math.floor(fast) : fast, 0);
  const to = Math.min(truncate ? Math.ceil(slow) : slow, dim - 1);
  const width = to === from ? 0.001 : to - from;
  return plain.map((frequency, i) => {
    const slowed = Math.min(1, Math.max(0, (i - from) / width));
    return (frequency / factor) * slowed + frequency * (1 - slowed);
  });
}
