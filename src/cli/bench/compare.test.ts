import { expect, test } from 'vitest';
import { checkComparable, compareBench } from './compare.ts';
import type { EarlierResult, EarlierRun } from './result.ts';

function runOf(promptTokens: number, prefillSpeeds: readonly number[], decode = 10): EarlierRun {
  const speedsOf = (prefill: number) => ({
    prefillTokensPerSecond: prefill,
    decodeTokensPerSecond: decode,
    throughputTokensPerSecond: 5,
  });
  const middle = prefillSpeeds[prefillSpeeds.length >> 1]!;
  return {
    ...{ promptTokens, generateTokens: 8, concurrency: 1 },
    ...speedsOf(middle),
    repetitions: prefillSpeeds.map(speedsOf),
  };
}

const resultOf = (runs: EarlierRun[], others: Partial<EarlierResult> = {}): EarlierResult => ({
  ...{
    format: 'quire-bench/1',
    model: 'm',
    weightType: 'Q8_0',
    weightBytes: 100,
    kvDtype: 'f16',
    threads: 2,
  },
  ...{ backend: 'native', instructionSet: 'avx2', cache: 'paged', draftTokens: 0, loadMs: 1000 },
  runs,
  ...others,
});

test('the ratio of a speed is that of the medians, with the extremes of the repetitions', () => {
  const earlier = resultOf([runOf(512, [90, 100, 110])]);
  const now = resultOf([runOf(512, [180, 200, 220])], { loadMs: 800 });
  const comparison = compareBench(earlier, now);
  expect(comparison.runs).toEqual([
    {
      ...{ promptTokens: 512, generateTokens: 8, concurrency: 1 },
      prefill: { ratio: 2, lowest: 180 / 110, highest: 220 / 90 },
      decode: { ratio: 1, lowest: 1, highest: 1 },
      throughput: { ratio: 1, lowest: 1, highest: 1 },
    },
  ]);
  expect(comparison).toMatchObject({ loadRatio: 0.8, notCompared: [], notes: [] });
});

test('a speed of 0, of a run without decode steps, has no ratio', () => {
  const [run] = compareBench(resultOf([runOf(512, [9], 0)]), resultOf([runOf(512, [9], 0)])).runs;
  expect(Object.keys(run!)).toEqual([
    ...['promptTokens', 'generateTokens', 'concurrency', 'prefill', 'throughput'],
  ]);
});

test('runs that only one result contains are listed', () => {
  const comparison = compareBench(
    resultOf([runOf(512, [1]), runOf(4096, [1])]),
    resultOf([runOf(64, [1]), runOf(512, [1])]),
  );
  expect(comparison.runs.map(({ promptTokens }) => promptTokens)).toEqual([512]);
  const sizes = { generateTokens: 8, concurrency: 1 };
  expect(comparison.notCompared).toEqual([
    { promptTokens: 4096, ...sizes, onlyIn: 'the earlier result' },
    { promptTokens: 64, ...sizes, onlyIn: 'this result' },
  ]);
});

test('notes state a disturbed machine and other differences', () => {
  const { notes } = compareBench(
    resultOf([runOf(512, [1])], { disturbed: true }),
    resultOf([runOf(512, [1])], { instructionSet: 'avx512', disturbed: false }),
  );
  expect(notes).toEqual([
    'the earlier result was measured on a disturbed machine',
    'instruction set avx2 (now avx512)',
  ]);
});

test.each<[string, Partial<EarlierResult>, RegExp]>([
  ['another model', { model: 'other' }, /conditions: model m \(now other\)$/],
  ['another weight type', { weightType: 'Q4_0' }, /type of the weights Q8_0 \(now Q4_0\)$/],
  ['another type of keys', { kvDtype: 'int8' }, /type of keys and values f16 \(now int8\)$/],
  ['another number of threads', { threads: 1 }, /number of threads 2 \(now 1\)$/],
])('checkComparable rejects %s', (_name, others, message) => {
  const runs = [runOf(512, [1])];
  expect(() => checkComparable(resultOf(runs), resultOf(runs, others), runs)).toThrow(
    expect.objectContaining({ code: 'bad_option', message: expect.stringMatching(message) }),
  );
});

test('checkComparable accepts results with a common run, and rejects results without', () => {
  const earlier = resultOf([runOf(512, [1]), runOf(64, [1])]);
  checkComparable(earlier, earlier, [runOf(64, [1])]);
  expect(() => checkComparable(earlier, earlier, [runOf(65, [1])])).toThrow(
    expect.objectContaining({
      hint: 'measure for example --prompt-tokens 512 --generate-tokens 8 --concurrency 1',
    }),
  );
});
