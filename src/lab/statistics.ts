// The statistics of experiments.

import { sum } from '../base/sum.ts';
import { uniform } from '../base/uniform.ts';

export const mean = (values: readonly number[]): number => sum(values) / values.length;

/** Returns a quantile, interpolated linearly between two values; NaN for no values. @param share in [0, 1] */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export interface LineFit {
  /** y = intercept + slope x */
  readonly intercept: number;
  readonly slope: number;
  /** share of the variance that the line explains; 1 if there is no variance */
  readonly r2: number;
  /** measured value minus line, by point */
  readonly residuals: readonly number[];
}

/**
 * Fits a line to `points`, at least two with different x, by least squares.
 * @param weights of the points, equal by default; 1 / y² minimizes relative errors
 */
export function fitLine(
  points: readonly (readonly [x: number, y: number])[],
  weights: readonly number[] = points.map(() => 1),
): LineFit {
  const weighted = (values: readonly number[]): number => sum(values.map((value, i) => value * weights[i]!));
  const totalWeight = sum(weights);
  const x0 = weighted(points.map(([x]) => x)) / totalWeight;
  const y0 = weighted(points.map(([, y]) => y)) / totalWeight;
  const slope =
    weighted(points.map(([x, y]) => (x - x0) * (y - y0))) / weighted(points.map(([x]) => (x - x0) ** 2));
  const intercept = y0 - slope * x0;
  const residuals = points.map(([x, y]) => y - intercept - slope * x);
  const total = weighted(points.map(([, y]) => (y - y0) ** 2));
  const r2 = total === 0 ? 1 : 1 - weighted(residuals.map((r) => r * r)) / total;
  return { intercept, slope, r2, residuals };
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 10_000;

/**
 * Returns the 95 % bootstrap interval of median(b) / median(a): both samples are resampled with replacement 10,000 times
 * (Efron 1979). The same samples always give the same interval.
 */
export function ratioInterval(a: readonly number[], b: readonly number[]): Interval {
  let drawn = 0;
  const resample = (values: readonly number[]): number[] =>
    values.map(() => values[Math.floor(uniform(1, 0, drawn++) * values.length)]!);
  const ratios = Array.from({ length: RESAMPLES }, () => median(resample(b)) / median(resample(a)));
  return { low: quantile(ratios, 0.025), high: quantile(ratios, 0.975) };
}
