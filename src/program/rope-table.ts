// Computes the frequencies of a rotary embedding. All kinds of scaling are resolved here, so that a backend needs only
// frequencies and one factor. Values are rounded to f32 where transformers rounds, because checkpoints were trained with those
// angles.

import type { RopeConfig, RopeLayout, RopeScaling } from '../base/model/model-file.ts';

export interface RopeTable {
  readonly layout: RopeLayout;
  /** leading elements of each head that are rotated */
  readonly dim: number;
  /** angle of a position: position times this, in f32. [dim / 2] */
  readonly frequencies: readonly number[];
  /** multiplies cosine and sine */
  readonly magnitude: number;
}

/**
 * Returns the table of a rotary embedding.
 * @param contextLength longest sequence, in tokens
 */
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

// NTK-aware scaling (bloc97 and emozilla 2023). transformers recomputes the base whenever a sequence grows beyond the trained
// context, so that the key of a token would depend on later tokens. Here the base is computed once, for the longest sequence
// that the engine serves: up to the trained context nothing is scaled.
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

// YaRN (Peng et al. 2023): fast pairs keep their frequency, slow pairs are divided by the factor, and a linear ramp blends the
// pairs between.
function yarn(
  { theta, dim }: RopeConfig,
  scaling: Extract<RopeScaling, { kind: 'yarn' }>,
  plain: readonly number[],
): number[] {
  const { factor, originalContext, betaFast, betaSlow, truncate } = scaling;
  const pairWithRotations = (rotations: number): number =>
    (dim * Math.log(originalContext / (rotations * 2 * Math.PI))) / (2 * Math.log(theta));
  const fast = pairWithRotations(betaFast);
  const slow = pairWithRotations(betaSlow);
  const from = Math.max(truncate ? Math.floor(fast) : fast, 0);
  const to = Math.min(truncate ? Math.ceil(slow) : slow, dim - 1);
  const width = to === from ? 0.001 : to - from;
  return plain.map((frequency, i) => {
    const share = Math.min(1, Math.max(0, (i - from) / width));
    return (frequency / factor) * share + frequency * (1 - share);
  });
}
