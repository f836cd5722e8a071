import { describe, expect, test } from 'vitest';
import { fitLine, median, quantile, ratioInterval } from './statistics.ts';

describe('quantile', () => {
  test('interpolates linearly between two values of an unsorted list', () => {
    const values = [40, 10, 30, 20];
    expect(quantile(values, 0)).toBe(10);
    expect(quantile(values, 1)).toBe(40);
    expect(quantile(values, 0.25)).toBe(17.5);
    expect(median(values)).toBe(25);
    expect(median([3, 1, 2])).toBe(2);
    expect(values).toEqual([40, 10, 30, 20]);
  });

  test('returns the value for a single value, and NaN for no values', () => {
    expect(quantile([7], 0.9)).toBe(7);
    expect(median([])).toBeNaN();
  });
});

describe('fitLine', () => {
  test('returns the line of points on a line', () => {
    const fit = fitLine([
      [0, 1],
      [1, 3],
      [2, 5],
    ]);
    expect(fit).toEqual({ intercept: 1, slope: 2, r2: 1, residuals: [0, 0, 0] });
  });

  test('minimizes the squared errors for points that are not on a line', () => {
    // Means 1 and 2; slope (-1 * -2 + 1 * 1) / 2 = 1.5; intercept 0.5; remaining squares 1.5 of 6.
    const { intercept, slope, r2, residuals } = fitLine([
      [0, 0],
      [1, 3],
      [2, 3],
    ]);
    expect(slope).toBeCloseTo(1.5, 12);
    expect(intercept).toBeCloseTo(0.5, 12);
    expect(r2).toBeCloseTo(0.75, 12);
    for (const [i, residual] of [-0.5, 1, -0.5].entries()) expect(residuals[i]).toBeCloseTo(residual, 12);
  });

  test('returns an r2 of 1 for points of equal height', () => {
    expect(
      fitLine([
        [1, 4],
        [2, 4],
      ]),
    ).toMatchObject({ slope: 0, intercept: 4, r2: 1 });
  });
});

describe('ratioInterval', () => {
  const before = [10, 11, 9, 10.5, 9.5, 10.2];

  test('contains 1 for equal samples, and is deterministic', () => {
    const { low, high } = ratioInterval(before, before);
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
    expect(ratioInterval(before, before)).toEqual({ low, high });
  });

  test('does not contain 1 if one sample is clearly larger', () => {
    const after = before.map((value) => 2 * value);
    expect(ratioInterval(before, after).low).toBeGreaterThan(1.5);
    expect(ratioInterval(after, before).high).toBeLessThan(0.67);
  });

  test('returns the ratio for single samples', () => {
    expect(ratioInterval([4], [6])).toEqual({ low: 1.5, high: 1.5 });
  });
});

test('fitLine returns no residuals for points on a line, with any weights', () => {
  const points = [1, 2, 5].map((x): [number, number] => [x, 3 + 2 * x]);
  for (const weights of [undefined, [1, 4, 9]]) {
    const { intercept, slope, r2, residuals } = fitLine(points, weights);
    expect([intercept, slope, r2, ...residuals]).toEqual(
      [3, 2, 1, 0, 0, 0].map((n) => expect.closeTo(n, 12)),
    );
  }
});

test('fitLine treats a point of weight 2 like two points', () => {
  const [a, b, c] = [
    [0, 1],
    [1, 4],
    [3, 2],
  ] as const;
  const { residuals, ...twice } = fitLine([a, b, b, c]);
  const weighted = fitLine([a, b, c], [1, 2, 1]);
  expect(weighted).toMatchObject({
    slope: expect.closeTo(twice.slope, 12),
    intercept: expect.closeTo(twice.intercept, 12),
    r2: expect.closeTo(twice.r2, 12),
  });
  expect(residuals).toHaveLength(4);
});
