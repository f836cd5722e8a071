import { expect, test } from 'vitest';
import { labResult } from '../../tests/support/lab-result.ts';
import { compareResults, comparisonTable } from './compare.ts';
import type { LabResult, Metric } from './result.ts';
import { text } from './text.ts';

const metric = (name: string, better: Metric['better'], ...samples: number[]): Metric => ({
  name,
  title: text(name, name),
  unit: 'ms',
  better,
  samples,
});
const resultWith = (...metrics: Metric[]): LabResult => labResult({ metrics });

test.each([
  ['lower', [10, 11, 9, 10, 10.5], [5, 5.5, 4.5, 5, 5.2], 'better'],
  ['lower', [5, 5.5, 4.5, 5, 5.2], [10, 11, 9, 10, 10.5], 'worse'],
  ['higher', [5, 5.5, 4.5, 5, 5.2], [10, 11, 9, 10, 10.5], 'better'],
  ['higher', [10, 11, 9, 10, 10.5], [5, 5.5, 4.5, 5, 5.2], 'worse'],
  ['lower', [10, 11, 9, 10, 10.5], [10.5, 9.5, 10, 9, 11], 'no difference seen'],
] as const)(
  'compareResults: if %s is better, a change from %j to %j is %s',
  (better, before, after, verdict) => {
    const [change] = compareResults(
      resultWith(metric('time', better, ...before)),
      resultWith(metric('time', better, ...after)),
    ).changes;
    expect(change).toMatchObject({ name: 'time', samples: [5, 5], verdict });
    expect(change!.ratio).toBe(change!.after / change!.before);
    expect(change!.interval!.low).toBeLessThanOrEqual(change!.ratio!);
    expect(change!.interval!.high).toBeGreaterThanOrEqual(change!.ratio!);
  },
);

test('compareResults does not judge times with too few samples, judges all exact counts, and returns null for a ratio to zero', () => {
  const fewSamples = compareResults(
    resultWith(metric('time', 'lower', 1, 2)),
    resultWith(metric('time', 'lower', 5, 6)),
  );
  expect(fewSamples.changes[0]).toMatchObject({ interval: null, verdict: 'too few samples' });
  const countResult = (value: number) => resultWith({ ...metric('count', 'higher', value), exact: true });
  expect(compareResults(countResult(0), countResult(3)).changes[0]).toMatchObject({
    ratio: null,
    verdict: 'better',
  });
  expect(compareResults(countResult(3), countResult(3)).changes[0]).toMatchObject({
    ratio: 1,
    verdict: 'no difference seen',
  });
});

test('compareResults lists the metrics of only one result without comparing them', () => {
  const { changes, unmatched } = compareResults(
    resultWith(metric('both', 'lower', 1), metric('old', 'lower', 1)),
    resultWith(metric('new', 'lower', 1), metric('both', 'lower', 1)),
  );
  expect(changes.map(({ name }) => name)).toEqual(['both']);
  expect(unmatched).toEqual(['old', 'new']);
});

test('compareResults lists the conditions that differ, except dates', () => {
  const before = labResult();
  const conditions = {
    ...before.conditions,
    date: '2026-02-03T00:00:00.000Z',
    threads: 1,
    backend: 'reference',
  };
  expect(compareResults(before, labResult({ conditions })).otherConditions).toEqual(['backend', 'threads']);
  expect(compareResults(before, before).otherConditions).toEqual([]);
});

test('compareResults does not list different limits of the machine, which are measured in each run', () => {
  const limits = {
    bandwidthBytesPerSecond: 1e10,
    int8OpsPerSecond: 1e11,
    f32FlopsPerSecond: 1e10,
    bf16FlopsPerSecond: 1e10,
    threads: 2,
  };
  const { conditions } = labResult();
  const before = labResult({ conditions: { ...conditions, limits } });
  const after = labResult({ conditions: { ...conditions, limits: { ...limits, int8OpsPerSecond: 2e11 } } });
  expect(compareResults(before, after).otherConditions).toEqual([]);
});

test('comparisonTable contains the verdict of each change', () => {
  const comparison = compareResults(
    resultWith(metric('time', 'lower', 4, 4, 4, 4, 4)),
    resultWith(metric('time', 'lower', 2, 2, 2, 2, 2)),
  );
  const [row] = comparisonTable(comparison).rows;
  expect(row).toEqual([text('time', 'time'), 'ms', 4, 2, 0.5, '0.5 – 0.5', '5 / 5', text('better', '变好')]);
});
