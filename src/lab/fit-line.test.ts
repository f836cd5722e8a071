import { expect, test } from 'vitest';
import { fitLine } from './statistics.ts';

test('a line through points on it misses none, whatever their weights', () => {
  const points = [1, 2, 5].map((x): [number, number] => [x, 3 + 2 * x]);
  for (const weights of [undefined, [1, 4, 9]]) {
    const { intercept, slope, r2, residuals } = fitLine(points, weights);
    expect([intercept, slope, r2, ...residuals]).toEqual(
      [3, 2, 1, 0, 0, 0].map((n) => expect.closeTo(n, 12)),
    );
  }
});

test('a point of weight 2 counts as two points', () => {
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
